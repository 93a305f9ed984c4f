/**
 * Gzip inflated with a limit, and with one copy of the result: in one go, or as pieces while it comes in.
 *
 * A few bytes inflate to a thousand times as many, so nothing is ever inflated without saying how much may come out.
 */
import { createGunzip, type Gunzip, gunzipSync } from 'node:zlib'
import { spentMemory } from './spent-memory.ts'

/** More came out than may. */
export class InflatedTooLarge extends Error {
  override readonly name = 'InflatedTooLarge'
}

/** It is not gzip, or ends too early. */
export class NotGzip extends Error {
  override readonly name = 'NotGzip'
}

/** Inflating less than this, to no more than that, costs less than a trip to a thread. */
export const INFLATED_AT_ONCE_BYTES = 64 * 1024
const LARGEST_AT_ONCE_BYTES = 1024 * 1024
const PIECE_BYTES = 64 * 1024
/** Gzip makes no text shorter than this. */
const MOST_INFLATION = 1_032

/** @throws {InflatedTooLarge | NotGzip} */
export async function inflated(gzip: Buffer, limit: number): Promise<Buffer> {
  const small = inflatedAtOnce(gzip, limit)
  if (small) return small
  // Its last four bytes say how long it was, unless they lie, or it was put together of several.
  const said = gzip.readUInt32LE(gzip.length - 4)
  let whole = Buffer.allocUnsafeSlow(Math.min(said, limit, gzip.length * MOST_INFLATION))
  let length = 0
  const gunzip = makeGunzip()
  gunzip.end(gzip)
  for await (const piece of piecesFrom(gunzip, limit)) {
    if (length + piece.length > whole.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(2 * (length + piece.length), limit))
      whole.copy(larger, 0, 0, length)
      whole = larger
    }
    length += piece.copy(whole, length)
  }
  return whole.subarray(0, length)
}

/** Undefined for what is better done on another thread. @throws {InflatedTooLarge | NotGzip} */
export function inflatedAtOnce(gzip: Buffer, limit: number): Buffer | undefined {
  if (gzip.length > INFLATED_AT_ONCE_BYTES) return undefined
  try {
    return gunzipSync(gzip, { maxOutputLength: Math.min(limit, LARGEST_AT_ONCE_BYTES) })
  } catch (error) {
    if (codeOf(error) !== 'ERR_BUFFER_TOO_LARGE') throw new NotGzip('not gzip', { cause: error })
    if (limit <= LARGEST_AT_ONCE_BYTES) throw new InflatedTooLarge()
    return undefined
  }
}

export function makeGunzip(): Gunzip {
  return createGunzip({ chunkSize: PIECE_BYTES })
}

/**
 * What comes out of it, whoever writes to it.
 *
 * @throws {InflatedTooLarge | NotGzip} and what it was destroyed with.
 */
export async function* piecesFrom(gunzip: Gunzip, limit: number): AsyncGenerator<Buffer> {
  const spend = spentMemory()
  let length = 0
  try {
    for await (const piece of gunzip as AsyncIterable<Buffer>) {
      length += piece.length
      if (length > limit) throw new InflatedTooLarge()
      yield piece
      spend(piece.length)
    }
  } catch (error) {
    throw /^Z_/.test(codeOf(error)) ? new NotGzip('not gzip', { cause: error }) : error
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
