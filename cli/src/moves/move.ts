/**
 * Moving a stack: `pulumi stack migrate` makes it at the target, encrypts its secrets there, puts the state in, and
 * converts the project's configuration; what fails half way it takes back. Then both sides are read and compared.
 * The source is never changed.
 */
import type { Backend } from './backend.ts'
import { migrateByDetour } from './detour.ts'
import { type Exported, readExport } from './exported.ts'
import type { Move, StackNames } from './plan.ts'
import { hasConfig, makeBareProject } from './project.ts'
import { faultIn, type Pulumi } from './pulumi.ts'

export interface Sides {
  readonly source: Backend
  readonly target: Backend
}

export interface Outcome {
  readonly source: string
  readonly target: string
  readonly outcome: 'moved' | 'would move' | 'already there' | 'failed'
  readonly resources?: number
  readonly secrets?: number
  /** `converted`: the former file lies beside it. `not converted`: it still belongs to the source. */
  readonly config?: 'converted' | 'not converted' | 'none'
  readonly message?: string
}

/** Opens every secret of the source, and changes nothing anywhere. */
export async function tryMove(pulumi: Pulumi, { source }: Sides, move: Move): Promise<Outcome> {
  const found = await exportFrom(pulumi, source, move.source, move.from)
  if (typeof found === 'string') return failed(move, found)
  return { ...named(move), outcome: 'would move', ...numbers(found), config: await configOf(move) }
}

export async function moveStack(
  pulumi: Pulumi,
  { source, target }: Sides,
  move: Move,
  options: { readonly secretsProvider: string | undefined },
): Promise<Outcome> {
  const before = await exportFrom(pulumi, source, move.source, move.from)
  if (typeof before === 'string') return failed(move, before)
  const config = await configOf(move)
  const fault = await migrate(pulumi, { source, target }, move, options.secretsProvider)
  if (fault !== undefined) return failed(move, withAdvice(fault))
  const after = await exportFrom(pulumi, target, move.target, move.to)
  if (typeof after === 'string') return failed(move, `it was moved, and cannot be read there: ${after}`)
  if (after.digest !== before.digest) {
    return failed(move, 'it was moved, and is not the same there: compare the two exports before you use it.')
  }
  return { ...named(move), outcome: 'moved', ...numbers(after), config }
}

/** @returns What went wrong, if anything did. */
async function migrate(
  pulumi: Pulumi,
  sides: Sides,
  move: Move,
  secretsProvider: string | undefined,
): Promise<string | undefined> {
  const { source, target } = sides
  let { folder } = move
  if (folder === undefined) {
    folder = await pulumi.newFolder()
    await makeBareProject(folder, move.to.project)
  }
  const provider = secretsProvider === undefined ? [] : ['--secrets-provider', secretsProvider]
  const args = ['stack', 'migrate', source.url, move.source, '--target', move.target, '--yes', ...provider]
  const run = await pulumi.run(target, args, { folder })
  if (run.code === 0) return undefined
  const fault = faultIn(run)
  return TAKEN_FOR_ONE.test(fault) && source.url !== target.url
    ? migrateByDetour(pulumi, sides, move, folder)
    : fault
}

/** The CLI tells services apart by the address of their console, which it knows of Pulumi Cloud alone. */
const TAKEN_FOR_ONE = /source and target backends are the same/

async function exportFrom(
  pulumi: Pulumi,
  backend: Backend,
  name: string,
  names: StackNames,
): Promise<Exported | string> {
  const run = await pulumi.run(backend, ['stack', 'export', '--show-secrets', '--stack', name])
  if (run.code !== 0) return withAdvice(faultIn(run))
  try {
    return readExport(run.stdout, names)
  } catch {
    return 'its export is not a state.' // the parser's own sentence would quote the text
  }
}

async function configOf({ folder, from }: Move): Promise<NonNullable<Outcome['config']>> {
  if (folder === undefined) return 'not converted'
  return (await hasConfig(folder, from.stack)) ? 'converted' : 'none'
}

/** The CLI's sentence about a passphrase names its own variables, among much else. */
function withAdvice(fault: string): string {
  if (!/passphrase/i.test(fault)) return fault
  const what = /incorrect passphrase/i.test(fault)
    ? 'the passphrase is wrong'
    : 'its secrets need a passphrase'
  return `${what}: set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE.`
}

function numbers({ resources, secrets, pendingOperations }: Exported) {
  const message = `${pendingOperations} operations were under way when its last update was cut off: run \`pulumi refresh\`.`
  return { resources, secrets, ...(pendingOperations > 0 && { message }) }
}

function named({ source, target }: Move): { source: string; target: string } {
  return { source, target }
}

export function failed(move: Move, message: string): Outcome {
  return { ...named(move), outcome: 'failed', message }
}
