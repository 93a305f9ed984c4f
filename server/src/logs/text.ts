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
  let room = longest
  const from = lines.findLastIndex((line) => (room -= line.length) < 0)
  return lines.slice(from + 1).join('')
}
