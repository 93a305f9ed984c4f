/** One stack with its own service, provider and folders, driven by the real CLI step by step. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { comparable, type Memory } from './comparable.ts'
import { startTestProvider, type Weather } from './provider.ts'
import { startTestService, type TestService, type Trouble, type Writing } from './service.ts'

export interface Step {
  readonly name: string
  /** The resources and outputs of a YAML program; the one before by default. */
  readonly program?: string
  /** Arguments of `pulumi`; `up` by default. */
  readonly command?: readonly string[]
  readonly weather?: Partial<Readonly<Record<keyof Weather, readonly string[]>>>
  /** Once a call hangs: SIGINT and let it finish, SIGINT twice, or SIGKILL. */
  readonly interrupt?: 'once' | 'twice' | 'kill'
  /** `perhaps`: in both runs or in none. */
  readonly fails?: boolean | 'perhaps'
  /**
   * From a refresh with the program on: the engine then forgets, in memory alone, that properties have no dependencies.
   * A journal does not say so, and its replay goes on knowing it.
   */
  readonly forgetsEmptyLists?: boolean
  /** What somebody did to the state before this step. */
  readonly edit?: (deployment: EditedDeployment) => void
}

export interface EditedDeployment {
  resources: { type: string; provider?: string; outputs?: unknown }[]
}

export interface Outcome {
  readonly state: string[]
  readonly output: string
  readonly succeeded: boolean
}

export interface Chain {
  readonly service: TestService
  run(step: Step): Promise<Outcome>
  close(): Promise<void>
}

const CHANGING = ['up', 'refresh', 'destroy', 'import', 'preview']

export async function startChain(
  pulumi: string,
  writing: Writing,
  trouble: Trouble = { shuffled: false },
): Promise<Chain> {
  const folder = await mkdtemp(join(tmpdir(), 'daypass-journal-'))
  const project = join(folder, 'project')
  const provider = await startTestProvider()
  const service = await startTestService(writing, trouble)
  const memory: Memory = { known: new Map() }
  let program = ''
  await mkdir(project)
  await provider.installInto(join(folder, 'provider'))
  return {
    service,
    async run(step) {
      program = step.program ?? program
      if (step.edit) service.edit(step.edit)
      await writeFile(join(project, 'Pulumi.yaml'), projectFile(program))
      for (const [kind, names] of Object.entries(provider.weather)) {
        names.clear()
        for (const name of step.weather?.[kind as keyof Weather] ?? []) names.add(name)
      }
      const [command = 'up', ...rest] = step.command ?? ['up']
      const isChanging = CHANGING.includes(command)
      const child = spawn(
        pulumi,
        [command, ...rest, ...(isChanging ? ['--yes', '--skip-preview', '--parallel', '1'] : []), ...STACK],
        {
          cwd: project,
          env: environment(pulumi, folder, service.url, writing),
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      )
      let output = ''
      child.stdout.on('data', (text) => (output += text))
      child.stderr.on('data', (text) => (output += text))
      const exit = new Promise<number | null>((resolve) => child.on('close', resolve))
      if (step.interrupt !== undefined) {
        await Promise.race([provider.whenHanging(), exit])
        if (step.interrupt === 'kill') child.kill('SIGKILL')
        else child.kill('SIGINT')
        if (step.interrupt === 'twice') {
          await new Promise((resolve) => setTimeout(resolve, 300))
          child.kill('SIGINT')
        }
      }
      const code = await exit
      service.settle()
      return { state: comparable(service.state(), step, memory), output, succeeded: code === 0 }
    },
    async close() {
      await service.close()
      await provider.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const STACK = ['--stack', 'acme/proj/dev', '--non-interactive', '--color', 'never']

function projectFile(program: string): string {
  return `name: proj
runtime: yaml
plugins:
  providers:
    - name: daytest
      path: ../provider
${program}`
}

/** Nothing of the machine's own, lest an agent's variables or a user's login change what the CLI does. */
function environment(pulumi: string, folder: string, url: string, writing: Writing): NodeJS.ProcessEnv {
  return {
    PATH: `${dirname(pulumi)}:/usr/bin:/bin`,
    HOME: folder,
    PULUMI_HOME: join(folder, 'home'),
    PULUMI_BACKEND_URL: url,
    PULUMI_ACCESS_TOKEN: 'test',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    ...(writing === 'checkpoints' && { PULUMI_DISABLE_JOURNALING: 'true' }),
  }
}
