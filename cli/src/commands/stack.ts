/** `daypass stack import-from` and `daypass stack export-to`: stacks come in from any Pulumi backend, and go out again. */
import { Argument, type Command, Option } from 'commander'
import { type Static, Type } from 'typebox'
import { Check } from 'typebox/value'
import { completes } from '../completion/values.ts'
import { EXIT } from '../exit-code.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { type Backend, otherBackend } from '../moves/backend.ts'
import { failed, moveStack, type Outcome, type Sides, tryMove } from '../moves/move.ts'
import { type Move, planMoves } from '../moves/plan.ts'
import { faultIn, openPulumi, type Pulumi } from '../moves/pulumi.ts'
import { say } from '../output.ts'
import { type Project, projectIn } from '../pulumi-cli/project.ts'
import { addServerCommand, organizationOption } from '../server-command.ts'
import type { Session } from '../session.ts'

interface MoveOptions {
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

const Outcomes = Type.Object({
  dryRun: Type.Boolean(),
  stacks: Type.Array(
    Type.Object({
      source: Type.String(),
      target: Type.String(),
      outcome: Type.Union([
        Type.Literal('moved'),
        Type.Literal('would move'),
        Type.Literal('already there'),
        Type.Literal('failed'),
      ]),
      resources: Type.Optional(Type.Integer()),
      secrets: Type.Optional(Type.Integer()),
      config: Type.Optional(
        Type.Union([Type.Literal('converted'), Type.Literal('not converted'), Type.Literal('none')], {
          description: 'Pulumi.<stack>.yaml: when converted, the former file lies beside it.',
        }),
      ),
      message: Type.Optional(Type.String()),
    }),
  ),
})

export function addStackCommands(program: Command, surroundings: Surroundings): void {
  const stack = program
    .command('stack')
    .description('move stacks in from another Pulumi backend, and out again')
  const shared = {
    arguments: [new Argument('<backend-url>', 'file://…, s3://…, gs://…, azblob://…, or a service')],
    answer: Outcomes,
    show: ({ dryRun, stacks }: Static<typeof Outcomes>) =>
      `${stacks.length} ${stacks.length === 1 ? 'stack' : 'stacks'}${dryRun ? '; nothing was changed' : ''}.`,
  }
  addServerCommand(stack, surroundings, {
    ...shared,
    name: 'import-from',
    summary: 'copy stacks from a file or bucket backend, or from Pulumi Cloud, into this server',
    options: [...moveOptions(), organizationOption('the organization that they go to (default: yours)')],
    example: 'daypass stack import-from s3://my-bucket --stack dev --dry-run',
    run: (session, options: MoveOptions, url = '') => move('in', url, options, session),
  }).addHelpText('after', NOTES)
  addServerCommand(stack, surroundings, {
    ...shared,
    name: 'export-to',
    summary: 'copy stacks from this server to any other backend',
    options: [
      ...moveOptions(),
      new Option('--org <name>', 'the organization that they go to, in a service'),
      new Option(
        '--secrets-provider <name>',
        'what encrypts their secrets there, as for `pulumi stack init`',
      ),
    ],
    example: 'daypass stack export-to file:///srv/states --stack main/web/dev',
    run: (session, options: MoveOptions, url = '') => move('out', url, options, session),
  }).addHelpText('after', NOTES)
}

const NOTES = `
The pulumi CLI does the work (--pulumi, DAYPASS_PULUMI, or the one on PATH). Secrets are decrypted in memory and encrypted
anew; the source stays as it is. Secrets of a file or bucket backend need PULUMI_CONFIG_PASSPHRASE or
PULUMI_CONFIG_PASSPHRASE_FILE, buckets their usual credentials. In the project's folder the secrets of
Pulumi.<stack>.yaml are converted too, and the former file is kept beside it. History and tags stay behind.
The exit code is 1 when a stack was not moved.`

function moveOptions(): Option[] {
  return [
    new Option('--stack <names...>', 'which stacks, as the source names them; the last parts will do'),
    new Option('--all', 'all stacks of the source that the target does not have yet'),
    new Option('--to <organization/project/stack>', 'another name for the only stack'),
    completes(
      new Option(
        '--project <folders...>',
        'folders of the projects, for Pulumi.<stack>.yaml (default: the current one)',
      ),
      'folder',
    ),
    new Option('--without-config', 'move the state alone, and leave Pulumi.<stack>.yaml as it is'),
    new Option('--dry-run', 'open everything at the source, say what would be moved, and change nothing'),
    completes(
      new Option(
        '--backend-token-file <file>',
        'access token of the other service (otherwise what `pulumi login` kept)',
      ),
      'file',
    ),
    completes(new Option('--pulumi <path>', 'the pulumi binary'), 'file'),
  ]
}

async function move(
  direction: 'in' | 'out',
  url: string,
  options: MoveOptions,
  session: Session,
): Promise<Static<typeof Outcomes>> {
  const { env } = session.surroundings
  const other = await otherBackend(url, options, env)
  const us: Backend = { ...session.access, kind: 'service' }
  const sides = direction === 'in' ? { source: other, target: us } : { source: us, target: other }
  const organization = await targetOrganization(direction, sides.target, options, session)
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
    if (pulumi.isStopping()) process.exitCode = EXIT.interrupted
    else if (outcomes.some(({ outcome }) => outcome === 'failed')) process.exitCode = EXIT.failed
    return { dryRun: options.dryRun ?? false, stacks: outcomes }
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

async function projectsIn(folders: readonly string[]): Promise<Project[]> {
  const found = await Promise.all(folders.map(projectIn))
  return found.filter((project) => project !== undefined)
}

async function targetOrganization(
  direction: 'in' | 'out',
  target: Backend,
  options: MoveOptions,
  session: Session,
): Promise<string> {
  if (target.kind === 'diy') return 'organization' // the one that file and bucket backends have
  if (options.org !== undefined || options.to !== undefined) return options.org ?? ''
  if (direction === 'in') return session.organization()
  throw new FailedCommand('say which organization they go to there: --org <name>.', EXIT.misused)
}
