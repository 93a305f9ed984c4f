/**
 * The journal of a running update: entries in, and at its end the state that they make.
 *
 * Owns: how a request becomes a row, and when a state is made of the rows. Does not own: what entries mean (entry.ts,
 * replay.ts), nor who may write (save-entries.ts, with lease.ts): a row comes in while its update's row is held, and the
 * state is made by who holds it, so that no entry is acknowledged behind the state that should hold it.
 */
import { hash } from 'node:crypto'
import { constants, gzipSync } from 'node:zlib'
import type { Queryable } from '../../db/database.ts'
import { inflated } from '../../http/inflate.ts'
import { readState, writeState } from '../stored-state.ts'
import { NO_DEPLOYMENT, readLargeDeployment } from './deployment.ts'
import { entriesIn, inSequence, type JournalEntry } from './entry.ts'
import {
  deleteEntries,
  type JournaledUpdateRow,
  type JournalRow,
  selectEntries,
  selectJournaledUpdate,
} from './journal.sql.ts'
import { type ReplayedState, replayOnto } from './replay.ts'

/** The only version there is; an update is journaled when the CLI offers it and we answer it. */
export const JOURNAL_VERSION = 1

/** Checked entries, and the text that they stand in. */
export interface JournalRequest {
  readonly entries: readonly JournalEntry[]
  /** Gzip. */
  readonly body: Buffer
}

/**
 * @param body Inflated.
 * @param sent The same as it came, when it came as gzip; kept as it is.
 * @throws {JsonTextError} whose sentence is meant for the client.
 */
export function readJournalRequest(body: Buffer, sent?: Buffer): JournalRequest {
  return { entries: entriesIn(body), body: sent ?? gzipSync(body, { level: constants.Z_BEST_SPEED }) }
}

/** As it is stored; undefined when there are no entries. The same entries make the same row. */
export function journalRow({ entries, body }: JournalRequest): JournalRow | undefined {
  const ids = entries.map(({ sequenceId }) => sequenceId).sort((one, other) => one - other)
  const [firstSequenceId] = ids
  if (firstSequenceId === undefined) return undefined
  const sequenceDigest = hash('sha256', ids.join(), 'buffer').subarray(0, DIGEST_BYTES)
  return { firstSequenceId, sequenceDigest, body }
}

/** In the order of replay, each once. */
export async function readEntries(tx: Queryable, updateId: string): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = []
  for await (const body of selectEntries(tx, updateId)) {
    for (const entry of entriesIn(await inflated(body, Number.POSITIVE_INFINITY))) entries.push(entry)
  }
  return inSequence(entries)
}

/** What the state would be if the update ended now. Undefined without a journal: then the stack's state holds. */
export async function journaledState(
  tx: Queryable,
  updateId: string,
  now: Date,
): Promise<ReplayedState | undefined> {
  const update = await selectJournaledUpdate(tx, updateId)
  return update && stateOf(tx, updateId, update, now)
}

/**
 * Makes the state out of the journal, stores it as the update's, and empties the journal.
 *
 * Call it in the transaction that ends the update: completed, cancelled, or its lease run out.
 *
 * @returns The state, or undefined when there is no journal: none was written, or it was called before.
 */
export async function materializeJournal(
  tx: Queryable,
  updateId: string,
  now: Date,
): Promise<ReplayedState | undefined> {
  const update = await selectJournaledUpdate(tx, updateId)
  if (update === undefined) return undefined
  const state = await stateOf(tx, updateId, update, now)
  await writeState(tx, { stackId: update.stackId, updateId, version: update.version, state })
  await deleteEntries(tx, updateId)
  return state
}

const DIGEST_BYTES = 16

async function stateOf(
  tx: Queryable,
  updateId: string,
  { stackId, version, metadata }: JournaledUpdateRow,
  now: Date,
): Promise<ReplayedState> {
  const base = await readState(tx, stackId, version - 1)
  const before = base ? await readLargeDeployment(base.deployment) : NO_DEPLOYMENT
  const entries = await readEntries(tx, updateId)
  return replayOnto(before, base, entries, { cliVersion: cliVersionIn(metadata), now })
}

/** Empty when the client did not say: then the state has no version, and no magic, which is a pair that fits. */
function cliVersionIn(metadata: string): string {
  const { environment }: { environment?: Record<string, unknown> } = JSON.parse(metadata) ?? {}
  const version = environment?.['pulumi.version']
  return typeof version === 'string' ? version : ''
}
