/** Lists that a host answers page by page. */
import type { HostRefusal } from './adapter.ts'
import { isHostRefusal } from './adapter.ts'

/** @param page From 1. Fewer than `perPage`: the last one. */
type AskPage = (page: number) => Promise<readonly unknown[] | HostRefusal>

export interface Pages {
  readonly perPage: number
  readonly most: number
}

/** `too-many`: there is more than is worth asking for. */
export async function allPages(
  ask: AskPage,
  { perPage, most }: Pages,
): Promise<readonly unknown[] | 'too-many' | HostRefusal> {
  const all: unknown[] = []
  for (let page = 1; page <= most; page += 1) {
    const some = await ask(page)
    if (isHostRefusal(some)) return some
    all.push(...some)
    if (some.length < perPage) return all
  }
  return 'too-many'
}
