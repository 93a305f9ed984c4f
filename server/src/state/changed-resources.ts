/** Which resources an update changes, or a preview would, from the events that the engine sent. */
import type { Queryable } from '../db/database.ts'
import { selectChangedResources } from './changed-resources.sql.ts'

export interface ChangedResource {
  /** The engine's word: `create`, `update`, `delete`, `replace` … */
  readonly op: string
  readonly type: string
  readonly name: string
}

/** In the order in which the engine came to them, at most `limit`; each once, with what became of it. */
export async function changedResources(
  db: Queryable,
  updateId: string,
  limit: number,
): Promise<readonly ChangedResource[]> {
  const rows = await selectChangedResources(db, updateId, limit)
  return rows.map(({ op, urn }) => ({ op, ...partsOf(urn) }))
}

/** `urn:pulumi:stack::project::parent$type::name`; a name may hold `::`. */
function partsOf(urn: string): { readonly type: string; readonly name: string } {
  const [, , types = '', ...name] = urn.split('::')
  return { type: types.split('$').at(-1) ?? '', name: name.join('::') }
}
