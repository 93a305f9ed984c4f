/** The Pulumi CLI on one backend: a project of so many resources, and how long each command takes. */
import { execFile } from 'node:child_process'
import { hash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { PROJECT } from '../daypass/api.ts'

const run = promisify(execFile)
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024

export const COMMANDS = {
  up: ['up', '--yes', '--skip-preview'],
  'no-change-up': ['up', '--yes', '--skip-preview', '--expect-no-changes'],
  preview: ['preview', '--expect-no-changes'],
  destroy: ['destroy', '--yes', '--skip-preview'],
} as const
export type Command = keyof typeof COMMANDS

export interface Contender {
  /** @returns Milliseconds. @throws with what the CLI printed when it failed. */
  readonly measure: (command: Command) => Promise<number>
  readonly remove: () => Promise<void>
}

export interface Backend {
  /** Undefined: files in a folder of the contender's own. */
  readonly service: { readonly url: string; readonly accessToken: string } | undefined
  readonly stack: string
}

export async function startContender(
  pulumi: string,
  { service, stack }: Backend,
  setting: {
    readonly resources: number
    readonly environment: NodeJS.ProcessEnv
    /** What this contender's CLI is told beside. */
    readonly variables?: Readonly<Record<string, string>>
  },
): Promise<Contender> {
  const home = await mkdtemp(join(tmpdir(), 'daypass-bench-state-'))
  const project = join(home, 'project')
  const files = join(home, 'states')
  await mkdir(project)
  await mkdir(files)
  await writeFile(join(project, 'Pulumi.yaml'), programOf(setting.resources))
  const env = {
    PATH: [dirname(pulumi), setting.environment['PATH']].join(delimiter),
    HOME: home,
    PULUMI_HOME: join(home, '.pulumi'),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_BACKEND_URL: service?.url ?? `file://${files}`,
    ...(service ? { PULUMI_ACCESS_TOKEN: service.accessToken } : { PULUMI_CONFIG_PASSPHRASE: '' }),
    ...setting.variables,
  }
  const cli = async (...args: readonly string[]): Promise<void> => {
    const all = [...args, '--stack', stack, '--non-interactive', '--color', 'never']
    try {
      await run(pulumi, all, { cwd: project, env, maxBuffer: MOST_OUTPUT_BYTES })
    } catch (error) {
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
      throw new Error(`pulumi ${all.join(' ')} failed:\n${stdout.slice(-2000)}${stderr.slice(-2000)}`)
    }
  }
  await cli('stack', 'init')
  return {
    async measure(command) {
      const start = performance.now()
      await cli(...COMMANDS[command])
      return performance.now() - start
    },
    remove: () => rm(home, { recursive: true, force: true }),
  }
}

/**
 * Resources without a plugin: what is measured is the CLI and its state. Each takes about 2.7 kB of it, as an ordinary
 * resource of a cloud does: the value stands there three times, once as an input and twice as an output.
 */
function programOf(resources: number): string {
  const one = (at: number): string =>
    `  stash${at}:\n    type: pulumi:index:Stash\n    properties: { input: "${textOf(at)}" }\n`
  return `name: ${PROJECT}\nruntime: yaml\nresources:\n${Array.from({ length: resources }, (_, at) => one(at)).join('')}`
}

const VALUE_CHARACTERS = 650

/** Other digits for each, so that no two are packed as one. */
function textOf(at: number): string {
  const digits = hash('sha512', `value ${at}`)
  return `value ${at} ${digits.repeat(Math.ceil(VALUE_CHARACTERS / digits.length))}`.slice(
    0,
    VALUE_CHARACTERS,
  )
}
