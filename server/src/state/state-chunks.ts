/** A text cut into chunks of which each is compressed by itself, and back. */
import { promisify } from 'node:util'
import { constants, gunzip, gunzipSync, gzip, gzipSync } from 'node:zlib'

export type Pieces = AsyncIterable<Buffer> | Iterable<Buffer>

/** Incompressible text of this length still fits the row's limit of 1 MiB after gzip. */
const CHUNK_BYTES = 1_000_000
/** Compressing less than this costs less than a trip to a thread. */
const COMPRESSED_AT_ONCE_BYTES = 32 * 1024
/** Inflating a chunk that is so short too, for it becomes no more than a chunk. */
const INFLATED_AT_ONCE_BYTES = 16 * 1024
/** One piece of memory is less garbage than many that are put together. */
const ZLIB_PIECE_BYTES = CHUNK_BYTES + 64 * 1024

export async function* chunksOf(pieces: Pieces): AsyncGenerator<Buffer> {
  let parts: Buffer[] = []
  let length = 0
  for await (const piece of pieces) {
    for (let start = 0; start < piece.length; ) {
      const part = piece.subarray(start, start + CHUNK_BYTES - length)
      parts.push(part)
      length += part.length
      start += part.length
      if (length < CHUNK_BYTES) continue
      yield await compressed(joined(parts))
      parts = []
      length = 0
    }
  }
  if (length > 0) yield await compressed(joined(parts))
}

/** @throws when it is not as long as it should be: a chunk is missing. */
export async function* unpacked(chunks: Pieces, byteCount: number): AsyncGenerator<Buffer> {
  let length = 0
  for await (const chunk of chunks) {
    const text = await inflated(chunk)
    length += text.length
    yield text
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

function joined(parts: readonly Buffer[]): Buffer {
  const [first] = parts
  return first && parts.length === 1 ? first : Buffer.concat(parts)
}

async function compressed(bytes: Buffer): Promise<Buffer> {
  const options = { level: constants.Z_BEST_SPEED }
  return bytes.length <= COMPRESSED_AT_ONCE_BYTES ? gzipSync(bytes, options) : promisify(gzip)(bytes, options)
}

async function inflated(chunk: Buffer): Promise<Buffer> {
  if (chunk.length <= INFLATED_AT_ONCE_BYTES) return gunzipSync(chunk)
  return promisify(gunzip)(chunk, { chunkSize: ZLIB_PIECE_BYTES })
}
