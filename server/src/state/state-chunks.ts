/**
 * A text cut into chunks of which each is compressed by itself, and back.
 *
 * Memory outside of JavaScript's heap is given back late, so what is as large as a chunk is used again, or is few pieces.
 */
import { promisify } from 'node:util'
import { constants, gzip, gzipSync } from 'node:zlib'
import { inflatedAtOnce, makeGunzip, piecesFrom } from '../http/inflate.ts'
import { spentMemory } from '../http/spent-memory.ts'

export type Pieces = AsyncIterable<Buffer> | Iterable<Buffer>

/** Incompressible text of this length still fits the row's limit of 1 MiB after gzip. */
const CHUNK_BYTES = 1_000_000
/** Compressing less than this costs less than a trip to a thread. */
const COMPRESSED_AT_ONCE_BYTES = 32 * 1024

export async function* chunksOf(pieces: Pieces): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  let whole: Buffer | undefined
  /** Valid until the next chunk is begun. */
  const joined = (): Buffer => {
    const [first] = parts
    if (first && parts.length === 1) return first
    if (length < CHUNK_BYTES) return Buffer.concat(parts)
    whole ??= Buffer.allocUnsafeSlow(CHUNK_BYTES)
    let at = 0
    for (const part of parts) at += part.copy(whole, at)
    return whole
  }
  const spend = spentMemory()
  for await (const piece of pieces) {
    for (let start = 0; start < piece.length; ) {
      const part = piece.subarray(start, start + CHUNK_BYTES - length)
      parts.push(part)
      length += part.length
      start += part.length
      if (length < CHUNK_BYTES) continue
      yield await compressed(joined())
      spend(length)
      parts = []
      length = 0
    }
  }
  if (length > 0) yield await compressed(joined())
}

/** In pieces no larger than a chunk. @throws when it is not as long as it should be: a chunk is missing. */
export async function* unpacked(chunks: Pieces, byteCount: number): AsyncGenerator<Buffer> {
  const spend = spentMemory()
  let length = 0
  for await (const chunk of chunks) {
    for await (const text of inflated(chunk)) {
      length += text.length
      yield text
      spend(text.length)
    }
  }
  if (length !== byteCount) throw wrongLength(length, byteCount)
}

/** The whole text, in memory once. */
export async function textOfChunks(chunks: Pieces, byteCount: number): Promise<Buffer> {
  const whole = Buffer.allocUnsafeSlow(byteCount)
  let length = 0
  for await (const text of unpacked(chunks, byteCount)) {
    if (length + text.length > byteCount) throw wrongLength(length + text.length, byteCount)
    length += text.copy(whole, length)
  }
  return whole
}

function wrongLength(length: number, byteCount: number): Error {
  return new Error(`A stored state has ${length} bytes instead of ${byteCount}.`)
}

async function compressed(bytes: Buffer): Promise<Buffer> {
  const options = { level: constants.Z_BEST_SPEED }
  return bytes.length <= COMPRESSED_AT_ONCE_BYTES ? gzipSync(bytes, options) : promisify(gzip)(bytes, options)
}

async function* inflated(chunk: Buffer): AsyncGenerator<Buffer> {
  const atOnce = inflatedAtOnce(chunk, CHUNK_BYTES)
  if (atOnce) return yield atOnce
  const gunzip = makeGunzip()
  gunzip.end(chunk)
  yield* piecesFrom(gunzip, CHUNK_BYTES)
}
