/** The real Pulumi CLI, with nothing of this machine's user: its own home, its own projects, its own environment. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface PulumiOutcome {
  /** Null when it was killed. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Both, for messages and searches. */
  readonly output: string
}

export interface RunningPulumi {
  readonly outcome: Promise<PulumiOutcome>
  /** SIGKILL to the CLI and to the plugins that it started. */
  readonly kill: () => void
  /** What Ctrl-C in a terminal sends to the CLI. */
  readonly interrupt: () => void
}

export interface PulumiUser {
  /** The current folder of every command. */
  readonly project: string
  readonly run: (...args: string[]) => Promise<PulumiOutcome>
  /** Fails the test, with everything the CLI said, when it does not end with 0. */
  readonly ok: (...args: string[]) => Promise<PulumiOutcome>
  readonly start: (...args: string[]) => RunningPulumi
  readonly writeProgram: (yaml: string) => Promise<void>
  readonly remove: () => Promise<void>
}

/** @throws when no CLI was provided: `npm test` does it. */
export function pulumiProgram(): string {
  const program = process.env['DAYPASS_PULUMI']
  if (!program)
    throw new Error('DAYPASS_PULUMI is not set: run the tests with `npm test`, which provides the CLI.')
  return program
}

/** Somebody with an empty home and an empty project. `env` is all that the CLI gets beside. */
export async function pulumiUser(env: Readonly<Record<string, string>> = {}): Promise<PulumiUser> {
  const home = await mkdtemp(join(tmpdir(), 'daypass-pulumi-'))
  const project = join(home, 'project')
  await mkdir(project)
  const start = (...args: string[]): RunningPulumi => {
    const child = spawn(pulumiProgram(), [...args, '--non-interactive', '--color', 'never'], {
      cwd: project,
      env: {
        PATH: `${dirname(pulumiProgram())}:${dirname(process.execPath)}:/usr/bin:/bin`,
        HOME: home,
        PULUMI_HOME: join(home, '.pulumi'),
        PULUMI_SKIP_UPDATE_CHECK: 'true',
        PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return {
      outcome: outcomeOf(child, home),
      kill: () => killAll(home),
      interrupt: () => void child.kill('SIGINT'),
    }
  }
  const run = (...args: string[]): Promise<PulumiOutcome> => start(...args).outcome
  return {
    project,
    start,
    run,
    async ok(...args) {
      const outcome = await run(...args)
      if (outcome.code !== 0)
        throw new Error(`pulumi ${args.join(' ')} ended with ${outcome.code}:\n${outcome.output}`)
      return outcome
    },
    writeProgram: (yaml) => writeFile(join(project, 'Pulumi.yaml'), yaml),
    remove: async () => {
      killAll(home)
      await rm(home, { recursive: true, force: true })
    },
  }
}

function outcomeOf(child: ChildProcess, home: string): Promise<PulumiOutcome> {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (data: Buffer) => {
    stdout += data.toString()
  })
  child.stderr?.on('data', (data: Buffer) => {
    stderr += data.toString()
  })
  // A test that is stopped must not leave it behind.
  const endWithUs = (): void => killAll(home)
  process.once('exit', endWithUs)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      process.off('exit', endWithUs)
      resolve({ code, stdout, stderr, output: stdout + stderr })
    })
  })
}

/** Plugins run in process groups of their own and outlive a killed CLI: they are found by the home they were given. */
function killAll(home: string): void {
  const mine = `PULUMI_HOME=${join(home, '.pulumi')}`
  // Again until there is none: one of them may have started another just before it died.
  while (killEach(mine) > 0);
}

function killEach(environmentEntry: string): number {
  let killed = 0
  for (const id of existsSync('/proc') ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : []) {
    try {
      const environment = readFileSync(join('/proc', id, 'environ'), 'utf8').split('\0')
      if (environment.includes(environmentEntry) && process.kill(Number(id), 'SIGKILL')) killed += 1
    } catch {
      // It has ended by itself, or is somebody else's.
    }
  }
  return killed
}
