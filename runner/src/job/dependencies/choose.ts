/**
 * Which tool installs a program's dependencies, where, and whether from a lock file. Pure: what is known of the program
 * goes in, a plan or a sentence comes out.
 *
 * First what is said (`runtime.options` in Pulumi.yaml, then `packageManager` in package.json), then the nearest lock
 * file, then the language's own tool.
 */
import type { Runtime } from '../steps/project-runtime.ts'
import type { Inspection } from './inspect.ts'
import { TOOLS, type Tool, type ToolName } from './tools.ts'

export interface DependencyPlan {
  readonly kind: 'install'
  readonly name: ToolName
  readonly tool: Tool
  /** So many folders above the program's. */
  readonly up: number
  readonly lock: { readonly name: string; readonly sha256: string } | undefined
  readonly virtualenv: string
  /** Run through corepack, which brings the version that package.json names. */
  readonly viaCorepack: boolean
  /** Version that package.json asks for. */
  readonly pinned: string | undefined
}

export type Choice = DependencyPlan | { readonly kind: 'nothing'; readonly sentence: string } | Impossible

export interface Impossible {
  readonly kind: 'impossible'
  readonly sentence: string
}

/** The tools of each language, the first one being its own. */
const LANGUAGES: Readonly<Record<string, readonly [ToolName, ...ToolName[]]>> = {
  nodejs: ['npm', 'pnpm', 'yarn', 'bun'],
  bun: ['bun'],
  python: ['pip', 'poetry', 'uv'],
  go: ['go'],
  dotnet: ['dotnet'],
}

export function chooseTool(runtime: Runtime, inspection: Inspection): Choice {
  // Pulumi.yaml may say `constructor`.
  const tools = Object.hasOwn(LANGUAGES, runtime.name) ? LANGUAGES[runtime.name] : undefined
  if (tools === undefined) return nothing(`A program in ${runtime.name} has no dependencies to install.`)
  const said = saidTool(runtime, inspection, tools)
  if (said !== undefined && 'sentence' in said) return said
  const name = said?.name ?? nearestLock(tools, inspection) ?? tools[0]
  const tool = TOOLS[name]
  const virtualenv = runtime.options['virtualenv'] ?? ''
  const place = placeOf(tool, inspection)
  if (place === undefined && !(name === 'pip' && virtualenv !== ''))
    return nothing(`There is no ${tool.manifests.join(' or ')}, so there is nothing to install.`)
  const viaCorepack = isCorepacks(name) && inspection.programs.has('corepack')
  if (!viaCorepack && !inspection.programs.has(tool.program)) return missing(name, said?.because, place?.lock)
  return {
    kind: 'install',
    name,
    tool,
    up: place?.up ?? 0,
    lock: place?.lock,
    virtualenv,
    viaCorepack: viaCorepack && (said?.version !== undefined || !inspection.programs.has(tool.program)),
    pinned: said?.version,
  }
}

interface Said {
  readonly name: ToolName
  readonly because: string
  readonly version?: string
}

function saidTool(
  { name, options }: Runtime,
  { packageManager }: Inspection,
  tools: readonly ToolName[],
): Said | Impossible | undefined {
  const option = name === 'python' ? 'toolchain' : 'packagemanager'
  const wanted = options[option]
  if (wanted !== undefined && wanted !== 'auto') {
    const known = tools.find((tool) => tool === wanted)
    if (known === undefined) {
      return {
        kind: 'impossible',
        sentence: `Pulumi.yaml asks for the ${option} ${JSON.stringify(wanted.slice(0, 100))}, which this runner does not know; use one of ${tools.join(', ')}, or set skipInstallDependencies and install in a pre-run command.`,
      }
    }
    const version = pinnedVersion(known, packageManager)
    return { name: known, because: `Pulumi.yaml names it as ${option}`, ...(version && { version }) }
  }
  const known = tools.find((tool) => packageManager?.startsWith(`${tool}@`))
  const version = known && pinnedVersion(known, packageManager)
  return known && version ? { name: known, because: 'package.json names it', version } : undefined
}

/** Without the hash that may stand behind it. */
function pinnedVersion(name: ToolName, packageManager: string | undefined): string | undefined {
  return packageManager?.startsWith(`${name}@`)
    ? packageManager.slice(name.length + 1).split('+')[0]
    : undefined
}

/** A lock file beside the program goes before one above it; of several in one folder the language's own tool wins. */
function nearestLock(tools: readonly ToolName[], { levels }: Inspection): ToolName | undefined {
  for (const [up, { files }] of levels.entries()) {
    const found = tools.find(
      (name) => (up === 0 || TOOLS[name].inWorkspaces) && TOOLS[name].locks.some((lock) => files.has(lock)),
    )
    if (found) return found
  }
  return undefined
}

function placeOf(
  { locks, manifests, inWorkspaces }: Tool,
  { levels }: Inspection,
): { readonly up: number; readonly lock: DependencyPlan['lock'] } | undefined {
  const reachable = inWorkspaces ? levels : levels.slice(0, 1)
  const lockedAt = reachable.findIndex(({ files }) => locks.some((lock) => files.has(lock)))
  const name = locks.find((lock) => reachable[lockedAt]?.files.has(lock))
  const sha256 = name && reachable[lockedAt]?.files.get(name)
  if (name && sha256) return { up: lockedAt, lock: { name, sha256 } }
  const up = reachable.findIndex(({ files }) => manifests.some((manifest) => files.has(manifest)))
  return up < 0 ? undefined : { up, lock: undefined }
}

function isCorepacks(name: ToolName): boolean {
  return name === 'yarn' || name === 'pnpm'
}

function missing(name: ToolName, because: string | undefined, lock: DependencyPlan['lock']): Impossible {
  const why = because ?? (lock ? `the program has a ${lock.name}` : 'the program needs it')
  return {
    kind: 'impossible',
    sentence: `${TOOLS[name].program} is not installed where this job runs, and ${why}. On the runner's machine: ${TOOLS[name].toGet}; in an executor image: add it there. (Or set skipInstallDependencies and install it in a pre-run command.)`,
  }
}

function nothing(sentence: string): Choice {
  return { kind: 'nothing', sentence }
}
