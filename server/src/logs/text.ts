/** The end of what a step wrote, as one text. */
import type { Queryable } from '../db/database.ts'
import { lastChunks } from './text.sql.ts'

/**
 * Of the latest step whose name begins so.
 *
 * @param longest In characters; a line that does not fit is left out whole.
 * @returns Empty: there is no such step, or it wrote nothing.
 */
export async function lastTextOf(
  db: Queryable,
  deploymentId: string,
  stepPrefix: string,
  longest: number,
): Promise<string> {
  const chunks = await lastChunks(db, deploymentId, stepPrefix, longest)
  // We wrote them ourselves, in `append`.
  const lines = chunks.flatMap((chunk) => JSON.parse(chunk) as [string, string][]).map(([, text]) => text)
  let length = 0
  let from = lines.length
  while (from > 0 && length + (lines[from - 1] ?? '').length <= longest) {
    from -= 1
    length += (lines[from] ?? '').length
  }
  return lines.slice(from).join('')
}
