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

/** A state as it is stored. */
export interface PackedState extends StateLabel {
  readonly byteCount: number
  /** Each a whole gzip member of its own, so that one can be read without the others. */
  readonly chunks: readonly Buffer[]
}

/** A state that is on its way in. */
export interface ReceivedState extends PackedState {
  /** Of the text. */
  readonly sha256: Buffer
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

/**
 * The state as it was after an update of that version, packed, of one moment.
 *
 * @param version The newest state when undefined; otherwise the newest that is not younger than this.
 * @returns Undefined when the stack had no state.
 */
export async function readPacked(
  tx: Queryable,
  stackId: string,
  version: number | undefined,
): Promise<PackedState | undefined> {
  const rows = await selectState(tx, stackId, version, undefined)
  const [first] = rows
  return first && { ...labelOf(first), byteCount: first.byteCount, chunks: rows.map(({ body }) => body) }
}

/** So many are in memory beside the text that they become. */
const CHUNKS_AT_ONCE = 8

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
  const chunks = allChunks(
    tx,
    first,
    rows.map(({ body }) => body),
  )
  return { ...labelOf(first), deployment: await textOfChunks(chunks, first.byteCount) }
}

async function* allChunks(
  tx: Queryable,
  state: StateChunkRow,
  firstChunks: readonly Buffer[],
): AsyncGenerator<Buffer> {
  let chunks = firstChunks
  for (let from = 0; chunks.length > 0; ) {
    yield* chunks
    if (chunks.length < CHUNKS_AT_ONCE) return
    from += CHUNKS_AT_ONCE
    chunks = await selectMoreChunks(tx, state, from, CHUNKS_AT_ONCE)
  }
}

/** The text of a packed state, a chunk at a time. */
export function textPieces({ chunks, byteCount }: PackedState): AsyncGenerator<Buffer> {
  return unpacked(chunks, byteCount)
}

/** For a text that is shown to somebody who may read slowly: what it was made of can go. */
export async function packed({ pieces, ...label }: StatePieces): Promise<PackedState> {
  const byteCount = pieces.reduce((bytes, { length }) => bytes + length, 0)
  return { ...label, byteCount, chunks: await Array.fromAsync(chunksOf(pieces)) }
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
