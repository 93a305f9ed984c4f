import { type Edit, isString, type Span, textOf } from '../json-span.ts'
import type { RenameUrn } from './urn.ts'

/** One edit when the value is a string whose URN gets another name, otherwise none. */
export function urnEdit(bytes: Buffer, span: Span, rename: RenameUrn): Edit[] {
  if (!isString(bytes, span)) return []
  const written = textOf(bytes, span)
  const raw = written.slice(1, -1)
  const renamedRaw = rename(raw)
  if (renamedRaw !== raw) return [withoutCommonEnd(span.start + 1, raw, renamedRaw)]
  if (!raw.includes('\\')) return []
  // Escaped where no client needs to escape: read it, and write the whole anew.
  const urn: string = JSON.parse(written)
  const renamed = rename(urn)
  return renamed === urn ? [] : [{ ...span, text: JSON.stringify(renamed) }]
}

/** What both end with keeps its bytes: a resource's name is written in the client's own way. */
function withoutCommonEnd(start: number, before: string, after: string): Edit {
  let common = 0
  const most = Math.min(before.length, after.length)
  while (common < most && before.at(-1 - common) === after.at(-1 - common)) common += 1
  const removed = before.slice(0, before.length - common)
  return { start, end: start + Buffer.byteLength(removed), text: after.slice(0, after.length - common) }
}
