/** One value of a text that passes by in pieces: the parts of each piece that belong to it. */
import { JsonTextError } from './json-span.ts'

export interface PassingText {
  readonly hasBegun: boolean
  /** From this byte of the whole text; may be called while the piece that has it is still to be passed. */
  begin(at: number): void
  /** Up to, not including, this one. */
  end(at: number): void
  /** The part of the next piece that belongs to it, if there is one. Call it for every piece. */
  pass(piece: Buffer): Buffer[]
  /** The same, kept until `text` is asked for. @throws {JsonTextError} when it is too long. */
  keep(piece: Buffer): void
  /** What was kept. Undefined when it never began. */
  text(): Buffer | undefined
}

export function passingText(mostBytes = Number.POSITIVE_INFINITY): PassingText {
  let passed = 0
  let start = Number.POSITIVE_INFINITY
  let stop = Number.POSITIVE_INFINITY
  const kept: Buffer[] = []
  let keptBytes = 0
  const pass = (piece: Buffer): Buffer[] => {
    const from = Math.max(start - passed, 0)
    const to = Math.min(stop - passed, piece.length)
    passed += piece.length
    return from < to ? [piece.subarray(from, to)] : []
  }
  return {
    get hasBegun() {
      return start < Number.POSITIVE_INFINITY
    },
    begin(at) {
      start = at
    },
    end(at) {
      stop = at
    },
    pass,
    keep(piece) {
      for (const part of pass(piece)) {
        keptBytes += part.length
        if (keptBytes > mostBytes) throw new JsonTextError('A member of the JSON is too long.')
        kept.push(part)
      }
    },
    text: () => (start < Number.POSITIVE_INFINITY ? Buffer.concat(kept) : undefined),
  }
}
