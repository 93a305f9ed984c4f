/**
 * The state that an update leaves, from the state it began with and its journal.
 *
 * Owns: from what and into what, and how a state is labelled. Does not own: what each kind of entry does (progress.ts),
 * the order of resources (merge.ts), how entries reach us (journal.sql.ts).
 * Pure, and linear in the entries and resources. The rules are those by which the CLI replays its own journal for a
 * server that wants whole states, except where the CLI's other way of keeping a state does better; the tests in
 * cli-comparison/ hold it to that.
 * @see https://github.com/pulumi/pulumi `pkg/backend/journal.go`, `pkg/backend/snapshot.go`
 */
import { hash } from 'node:crypto'
import type { StatePieces, StateText } from '../stored-state.ts'
import { type Deployment, deploymentPieces, NO_DEPLOYMENT, readDeployment } from './deployment.ts'
import type { JournalEntry } from './entry.ts'
import { BYTE_STRING, labelOf, type SchemaLabel } from './features.ts'
import { objectOf } from './go-json.ts'
import { integrityProblem } from './integrity.ts'
import { objectText } from './json-read.ts'
import { merged } from './merge.ts'
import { after, beginWith } from './progress.ts'
import { repaired } from './repair.ts'

export type BaseState = Pick<StateText, 'schemaVersion' | 'features' | 'deployment'>

export interface ReplayedState extends StatePieces {
  /** Why the CLI will refuse this state, which no repair mends, in a sentence of its kind. The state says it too. */
  readonly integrityProblem: string | undefined
}

export interface ReplayOptions {
  /** `pulumi.version` of the update's environment, as it came; may be empty. */
  readonly cliVersion: string
  readonly now: Date
}

/**
 * @param base Undefined for a stack that never had a state.
 * @param entries In sequence, each once: `inSequence`.
 * @throws {JsonTextError} for a base that is no state; entries were checked when they came.
 */
export function replay(
  base: BaseState | undefined,
  entries: Iterable<JournalEntry>,
  options: ReplayOptions,
): ReplayedState {
  const before = base === undefined ? NO_DEPLOYMENT : readDeployment(base.deployment)
  return replayOnto(before, base, entries, options)
}

/** @param before What the base says; the base itself gives its label only. */
export function replayOnto(
  before: Deployment,
  base: SchemaLabel | undefined,
  entries: Iterable<JournalEntry>,
  { cliVersion, now }: ReplayOptions,
): ReplayedState {
  let progress = beginWith(before, base?.features.includes(BYTE_STRING) ?? false)
  for (const entry of entries) progress = after(entry, progress)
  const reached = merged(progress, { isRebase: false })
  const { hasByteStrings } = reached
  const { deployment, problem } = mended(reached.deployment)
  const label = labelOf(deployment, base, hasByteStrings)
  return {
    ...label,
    pieces: deploymentPieces(
      {
        ...deployment,
        extensions: usedExtensions(deployment),
        metadata: metadataWith(deployment.metadata, problem, label),
      },
      { time: now, version: cliVersion, magic: magicOf(cliVersion) },
    ),
    resourceCount: deployment.resources.length,
    integrityProblem: problem,
  }
}

/** With the problem that is left. */
function mended(deployment: Deployment): { deployment: Deployment; problem: string | undefined } {
  const problem = integrityProblem(deployment.resources)
  const resources = problem === undefined ? undefined : repaired(deployment.resources)
  return resources
    ? { deployment: { ...deployment, resources }, problem: undefined }
    : { deployment, problem }
}

function usedExtensions({
  extensions,
  resources,
  pendingOperations,
}: Deployment): ReadonlyMap<string, Buffer> {
  if (extensions.size === 0) return extensions
  const all = [...resources, ...pendingOperations.map(({ resource }) => resource)]
  const used = new Set(all.map(({ marks }) => marks.extensionRef))
  return new Map(extensions.entries().filter(([ref]) => used.has(ref)))
}

const INTEGRITY_ERROR = 'integrity_error'

function metadataWith(metadata: Buffer | undefined, problem: string | undefined, label: SchemaLabel): Buffer {
  const text = metadata ?? Buffer.from('{}')
  const kept = objectText(text)
    .members.entries()
    .filter(([key]) => key !== INTEGRITY_ERROR)
    .map(([key, { start, end }]) => [key, text.subarray(start, end)] as const)
  if (problem === undefined) return Buffer.concat(objectOf(kept))
  const error = { version: String(label.schemaVersion), command: 'journal replay', error: problem }
  return Buffer.concat(objectOf([...kept, [INTEGRITY_ERROR, JSON.stringify(error)]]))
}

function magicOf(version: string): string {
  return version === '' ? '' : hash('sha256', version)
}
