/** `daypass stack import-from` and `daypass stack export-to`: stacks come in from any Pulumi backend, and go out again. */
import type { Command } from 'commander'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import { callServer, type ServerOptions, serverAccess } from '../api.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { type Backend, otherBackend } from '../moves/backend.ts'
import { failed, moveStack, type Outcome, type Sides, tryMove } from '../moves/move.ts'
import { type Move, planMoves } from '../moves/plan.ts'
import { type ProjectFolder, projectIn } from '../moves/project.ts'
import { faultIn, openPulumi, type Pulumi } from '../moves/pulumi.ts'
import { printJson, say, withServer } from '../server-command.ts'

interface MoveOptions extends ServerOptions {
  readonly stack?: readonly string[]
  readonly all?: boolean
  readonly to?: string
  readonly org?: string
  readonly project?: readonly string[]
  readonly withoutConfig?: boolean
  readonly dryRun?: boolean
  readonly secretsProvider?: string
  readonly backendTokenFile?: string
  readonly pulumi?: string
}

const INTERRUPTED = 130

export function addStackCommands(program: Command, surroundings: Surroundings): void {
  const stack = program
    .command('stack')
    .description('move stacks in from another Pulumi backend, and out again')
  withMoveOptions(stack.command('import-from <backend-url>'))
    .description(
      'copy stacks from a file://, s3://, gs:// or azblob:// backend, or from Pulumi Cloud, into this server',
    )
    .option('--org <name>', 'the organization that they go to (default: yours)')
    .addHelpText('after', NOTES)
    .action((url: string, options: MoveOptions) => move('in', url, options, surroundings))
  withMoveOptions(stack.command('export-to <backend-url>'))
    .description('copy stacks from this server to any other backend')
    .option('--org <name>', 'the organization that they go to, in a service')
    .option('--secrets-provider <name>', 'what encrypts their secrets there, as for `pulumi stack init`')
    .addHelpText('after', NOTES)
    .action((url: string, options: MoveOptions) => move('out', url, options, surroundings))
}

const NOTES = `
The pulumi CLI does the work (--pulumi, DAYPASS_PULUMI, or the one on PATH). Secrets are decrypted in memory and encrypted
anew; the source stays as it is. Secrets of a file or bucket backend need PULUMI_CONFIG_PASSPHRASE or
PULUMI_CONFIG_PASSPHRASE_FILE, buckets their usual credentials. In the project's folder the secrets of
Pulumi.<stack>.yaml are converted too, and the former file is kept beside it. History and tags stay behind.

Prints JSON. Exit code: 0 when every stack was moved, 1 when one was not, 2 when the command makes no sense.`

function withMoveOptions(command: Command): Command {
  return withServer(command)
    .option('--stack <names...>', 'which stacks, as the source names them; the last parts will do')
    .option('--all', 'all stacks of the source that the target does not have yet')
    .option('--to <organization/project/stack>', 'another name for the only stack')
    .option(
      '--project <folders...>',
      'folders of the projects, for Pulumi.<stack>.yaml (default: the current one)',
    )
    .option('--without-config', 'move the state alone, and leave Pulumi.<stack>.yaml as it is')
    .option('--dry-run', 'open everything at the source, say what would be moved, and change nothing')
    .option(
      '--backend-token-file <file>',
      'access token of the other service (otherwise what `pulumi login` kept)',
    )
    .option('--pulumi <path>', 'the pulumi binary')
}

async function move(
  direction: 'in' | 'out',
  url: string,
  options: MoveOptions,
  surroundings: Surroundings,
): Promise<void> {
  const { env } = surroundings
  const other = await otherBackend(url, options, env)
  const us: Backend = { ...(await serverAccess(options, surroundings)), kind: 'service' }
  const sides = direction === 'in' ? { source: other, target: us } : { source: us, target: other }
  const organization = await targetOrganization(direction, sides.target, options, surroundings)
  const pulumi = await openPulumi(options.pulumi, env)
  try {
    await pulumi.login(sides.source)
    await pulumi.login(sides.target)
    const moves = planMoves(await stacksOf(pulumi, sides.source), {
      stacks: options.stack ?? [],
      all: options.all ?? false,
      to: options.to,
      organization,
      projects: await projectsIn(options.project ?? ['.']),
      withoutConfig: options.withoutConfig ?? false,
    })
    const outcomes = await moveAll(pulumi, sides, moves, options)
    printJson({ dryRun: options.dryRun ?? false, stacks: outcomes })
    if (pulumi.isStopping()) process.exitCode = INTERRUPTED
    else if (outcomes.some(({ outcome }) => outcome === 'failed')) process.exitCode = 1
  } finally {
    await pulumi.close()
  }
}

async function moveAll(
  pulumi: Pulumi,
  sides: Sides,
  moves: readonly Move[],
  options: MoveOptions,
): Promise<Outcome[]> {
  const there = new Set(await stacksOf(pulumi, sides.target))
  const outcomes: Outcome[] = []
  for (const [index, one] of moves.entries()) {
    if (pulumi.isStopping()) break
    const outcome = await moveOne(pulumi, sides, one, there.has(one.target), options)
    outcomes.push(outcome)
    say(`${index + 1}/${moves.length} ${sentenceFor(outcome)}`)
  }
  return outcomes
}

async function moveOne(
  pulumi: Pulumi,
  sides: Sides,
  one: Move,
  isThere: boolean,
  options: MoveOptions,
): Promise<Outcome> {
  if (isThere) {
    const { source, target } = one
    if (options.all) return { source, target, outcome: 'already there' }
    return failed(
      one,
      'the target has such a stack already: remove it there, or choose another name with --to.',
    )
  }
  if (options.dryRun) return tryMove(pulumi, sides, one)
  return moveStack(pulumi, sides, one, { secretsProvider: options.secretsProvider })
}

function sentenceFor({ source, target, outcome, resources, secrets, config, message }: Outcome): string {
  const what =
    resources === undefined ? '' : ` (resources: ${resources}, secrets: ${secrets}, config: ${config})`
  return `${outcome}: ${source} → ${target}${what}${message === undefined ? '' : `: ${message}`}`
}

/** Every stack that the backend shows us, named in full. */
async function stacksOf(pulumi: Pulumi, backend: Backend): Promise<string[]> {
  const listed = await pulumi.run(backend, ['stack', 'ls', '--all', '--json'])
  if (listed.code !== 0)
    throw new FailedCommand(`cannot list the stacks of ${backend.url}: ${faultIn(listed)}`)
  const stacks: unknown = JSON.parse(listed.stdout)
  if (!Check(StackList, stacks))
    throw new FailedCommand('this pulumi lists stacks in another form than expected.')
  return stacks.map(({ name }) => name)
}

const StackList = Type.Array(Type.Object({ name: Type.String() }))

async function projectsIn(folders: readonly string[]): Promise<ProjectFolder[]> {
  const found = await Promise.all(folders.map(projectIn))
  return found.filter((project) => project !== undefined)
}

const DefaultOrganization = Type.Object({ GitHubLogin: Type.String() })

async function targetOrganization(
  direction: 'in' | 'out',
  target: Backend,
  options: MoveOptions,
  surroundings: Surroundings,
): Promise<string> {
  if (target.kind === 'diy') return 'organization' // the one that file and bucket backends have
  if (options.org !== undefined || options.to !== undefined) return options.org ?? ''
  if (direction === 'out')
    throw new FailedCommand('say which organization they go to there: --org <name>.', 2)
  const own = await callServer('GET', '/api/user/organizations/default', undefined, options, surroundings)
  if (Check(DefaultOrganization, own) && own.GitHubLogin !== '') return own.GitHubLogin
  throw new FailedCommand('say which organization they go to: --org <name>.', 2)
}
