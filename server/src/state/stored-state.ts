/**
 * A stack's state at rest: the text of the deployment object to the byte, as the client sent it.
 *
 * Owns: how a text becomes rows and comes back. Does not own: what is in it (state-text, sent-state), nor who may write
 * it (lease). A state may have hundreds of megabytes: it is packed while it comes in and unpacked while it goes out, and
 * is a text in memory, once, only for those who must look at all of it.
 */
import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import type { Queryable } from '../db/database.ts'
import { chunksOf, type Pieces, textOfChunks, unpacked } from './state-chunks.ts'
import {
  replaceChunks,
  type StateChunkRow,
  selectMoreChunks,
  selectState,
  storedDigest,
  upsertState,
} from './stored-state.sql.ts'

export interface StateLabel {
  /** Of Pulumi's deployment schema: 3, or 4 with `features`. */
  readonly schemaVersion: number
  readonly features: readonly string[]
  readonly resourceCount: number
}

/** A state as one text. */
export interface StateText extends StateLabel {
  /** The deployment object's JSON. */
  readonly deployment: Buffer
}

/** A state as a text in pieces, which may share memory with other texts. */
export interface StatePieces extends StateLabel {
  readonly pieces: readonly Buffer[]
}

/** A state as a text that passes by, once. */
export interface PassingState extends StateLabel {
  readonly byteCount: number
  readonly text: Pieces
}

/** A state that is on its way in. */
export interface ReceivedState extends StateLabel {
  readonly byteCount: number
  /** Of the text. */
  readonly sha256: Buffer
  /** Each a whole gzip member of its own, so that one can be read without the others. */
  readonly chunks: readonly Buffer[]
}

export interface StateWrite<State> {
  readonly stackId: string
  readonly updateId: string | undefined
  /** Of the update that leaves this state; a second write of the same update replaces the first. */
  readonly version: number
  readonly state: State
}

/** Writes the whole state of one version. Call it in a transaction that has checked the right to. */
export async function writeReceived(
  tx: Queryable,
  { state, ...write }: StateWrite<ReceivedState>,
): Promise<void> {
  await replaceState(tx, { ...write, state }, state, state.chunks)
}

/** The same for one that is in memory already: each chunk is stored before the next one is packed. */
export async function writeState(
  tx: Queryable,
  { state, ...write }: StateWrite<StateText | StatePieces>,
): Promise<void> {
  const pieces = 'pieces' in state ? state.pieces : [state.deployment]
  await replaceState(tx, { ...write, state }, await digestOf(pieces), chunksOf(pieces))
}

async function replaceState(
  tx: Queryable,
  { stackId, updateId, version, state }: StateWrite<StateLabel>,
  { byteCount, sha256 }: Pick<ReceivedState, 'byteCount' | 'sha256'>,
  chunks: Pieces,
): Promise<void> {
  const { schemaVersion, features, resourceCount } = state
  const stored = await storedDigest(tx, stackId, version)
  const isStored =
    stored?.sha256.equals(sha256) &&
    stored.schemaVersion === schemaVersion &&
    stored.features.join() === features.join()
  if (isStored) return // a request that came twice
  const stateId = await upsertState(tx, {
    stackId,
    updateId,
    version,
    schemaVersion,
    features,
    resourceCount,
    byteCount,
    sha256,
  })
  await replaceChunks(tx, stateId, chunks)
}

/** So many are in memory beside the text that they become. */
const CHUNKS_AT_ONCE = 4

/**
 * The state as it was after an update of that version, of one moment, a chunk at a time as it is asked for.
 *
 * @param version The newest state when undefined; otherwise the newest that is not younger than this.
 * @returns Undefined when the stack had no state.
 */
export async function openState(
  db: Queryable,
  stackId: string,
  version: number | undefined,
): Promise<PassingState | undefined> {
  const rows = await selectState(db, stackId, version, CHUNKS_AT_ONCE)
  const [first] = rows
  if (!first) return undefined
  // Whoever reads slowly must not see half of it replaced: such a one is held as it is now.
  const isHeld = first.mayChange && rows.length === CHUNKS_AT_ONCE
  if (!isHeld) return passing(first, allChunks(db, rows))
  const held = await selectState(db, stackId, version, undefined)
  return held[0] && passing(held[0], bodiesOf(held))
}

function passing(row: StateChunkRow, chunks: Pieces): PassingState {
  return { ...labelOf(row), byteCount: row.byteCount, text: unpacked(chunks, row.byteCount) }
}

/**
 * The same as one text, for those who must look at all of it. Call it in a transaction in which nobody else writes this
 * state, or which sees one moment.
 */
export async function readState(
  tx: Queryable,
  stackId: string,
  version: number | undefined,
): Promise<StateText | undefined> {
  const rows = await selectState(tx, stackId, version, CHUNKS_AT_ONCE)
  const [first] = rows
  if (!first) return undefined
  return { ...labelOf(first), deployment: await textOfChunks(allChunks(tx, rows), first.byteCount) }
}

/** From the first ones on. They end early when the state has been replaced or deleted meanwhile. */
async function* allChunks(db: Queryable, firstRows: readonly StateChunkRow[]): AsyncGenerator<Buffer> {
  const [state] = firstRows
  let chunks: readonly Buffer[] = bodiesOf(firstRows)
  for (let from = CHUNKS_AT_ONCE; state; from += CHUNKS_AT_ONCE) {
    yield* chunks
    if (chunks.length < CHUNKS_AT_ONCE) return
    chunks = await selectMoreChunks(db, state, from, CHUNKS_AT_ONCE)
  }
}

function bodiesOf(rows: readonly StateChunkRow[]): Buffer[] {
  return rows.map(({ body }) => body)
}

/** A state that is in memory, to be read once. */
export function passingPieces({ pieces, ...label }: StatePieces): PassingState {
  return { ...label, byteCount: pieces.reduce((bytes, { length }) => bytes + length, 0), text: pieces }
}

function labelOf({ schemaVersion, features, resourceCount }: StateChunkRow): StateLabel {
  return { schemaVersion, features, resourceCount }
}

/** After so much it is somebody else's turn. */
const DIGESTED_AT_ONCE_BYTES = 4 * 1024 * 1024

async function digestOf(pieces: readonly Buffer[]): Promise<Pick<ReceivedState, 'byteCount' | 'sha256'>> {
  const digest = createHash('sha256')
  let byteCount = 0
  let pausedAt = 0
  for (const piece of pieces) {
    for (let start = 0; start < piece.length; start += DIGESTED_AT_ONCE_BYTES) {
      const part = piece.subarray(start, start + DIGESTED_AT_ONCE_BYTES)
      digest.update(part)
      byteCount += part.length
      if (byteCount - pausedAt < DIGESTED_AT_ONCE_BYTES) continue
      await setImmediate()
      pausedAt = byteCount
    }
  }
  return { byteCount, sha256: digest.digest() }
}
