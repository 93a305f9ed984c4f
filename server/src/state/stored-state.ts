/**
 * A stack's state at rest: the text of the deployment object to the byte, as the client sent it.
 *
 * Owns: how a text becomes rows and comes back. Does not own: what is in it (state-text), nor who may write it (lease).
 * Each chunk is a whole gzip member of its own, so that a chunk can be read, or sent on compressed, without the others.
 */
import { hash } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, gunzip, gzip, gzipSync } from 'node:zlib'
import type { Queryable } from '../db/database.ts'
import { replaceChunks, selectState, storedDigest, upsertState } from './stored-state.sql.ts'

export interface StateText {
  /** Of Pulumi's deployment schema: 3, or 4 with `features`. */
  readonly schemaVersion: number
  readonly features: readonly string[]
  /** The deployment object's JSON. */
  readonly deployment: Buffer
  readonly resourceCount: number
}

export interface StateWrite {
  readonly stackId: string
  readonly updateId: string | undefined
  /** Of the update that leaves this state; a second write of the same update replaces the first. */
  readonly version: number
  readonly state: StateText
}

/** Incompressible text of this length still fits the row's limit of 1 MiB after gzip. */
const CHUNK_BYTES = 1_000_000
/** Compressing less than this costs less than a trip to a thread. */
const COMPRESSED_AT_ONCE_BYTES = 32 * 1024

/** Writes the whole state of one version. Call it in a transaction that has checked the right to. */
export async function writeState(
  tx: Queryable,
  { stackId, updateId, version, state }: StateWrite,
): Promise<void> {
  const { deployment, schemaVersion, features, resourceCount } = state
  const digest = hash('sha256', deployment, 'buffer')
  const stored = await storedDigest(tx, stackId, version)
  const isStored =
    stored?.sha256.equals(digest) &&
    stored.schemaVersion === schemaVersion &&
    stored.features.join() === features.join()
  if (isStored) return // a request that came twice
  const chunks: Buffer[] = []
  for (let start = 0; start < deployment.length; start += CHUNK_BYTES) {
    chunks.push(await compressed(deployment.subarray(start, start + CHUNK_BYTES)))
  }
  const stateId = await upsertState(tx, {
    stackId,
    updateId,
    version,
    schemaVersion,
    features,
    resourceCount,
    byteCount: deployment.length,
    sha256: digest,
  })
  await replaceChunks(tx, stateId, chunks)
}

/**
 * The state as it was after an update of that version.
 *
 * @param version The newest state when undefined; otherwise the newest that is not younger than this.
 * @returns Undefined when the stack had no state.
 */
export async function readState(
  tx: Queryable,
  stackId: string,
  version: number | undefined,
): Promise<StateText | undefined> {
  const rows = await selectState(tx, stackId, version)
  const [first] = rows
  if (!first) return undefined
  const deployment = Buffer.allocUnsafe(first.byteCount)
  let length = 0
  for (const { body } of rows) length += (await promisify(gunzip)(body)).copy(deployment, length)
  if (length !== first.byteCount)
    throw new Error(`State ${first.id} is ${length} bytes instead of ${first.byteCount}.`)
  const { schemaVersion, features, resourceCount } = first
  return { schemaVersion, features, resourceCount, deployment }
}

async function compressed(bytes: Buffer): Promise<Buffer> {
  const options = { level: constants.Z_BEST_SPEED }
  return bytes.length <= COMPRESSED_AT_ONCE_BYTES ? gzipSync(bytes, options) : promisify(gzip)(bytes, options)
}
