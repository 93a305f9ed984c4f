/** Where the refs of a remote stood when a runner looked last. */
import type { Queryable } from '../db/database.ts'

export interface PolledRemote {
  readonly hostId: string
  readonly repository: string
}

export interface PolledRef {
  readonly ref: string
  readonly commit: string
}

const ALL = {
  name: 'git-polled-refs',
  text: 'select ref, commit from git_polled_refs where git_host_id = $1 and repository = $2',
}

export async function polledRefs(tx: Queryable, { hostId, repository }: PolledRemote): Promise<PolledRef[]> {
  return (await tx.query<PolledRef>(ALL, [hostId, repository])).rows
}

const ONE = {
  name: 'git-polled-ref',
  text: 'select commit from git_polled_refs where git_host_id = $1 and lower(repository) = lower($2) and ref = $3',
}

export async function polledRef(
  db: Queryable,
  { hostId, repository }: PolledRemote,
  ref: string,
): Promise<string | undefined> {
  return (await db.query<{ commit: string }>(ONE, [hostId, repository, ref])).rows[0]?.commit
}

const KEEP = /* sql */ `
  insert into git_polled_refs (git_host_id, repository, ref, commit)
  select $1, $2, ref, commit from unnest($3::text[], $4::text[]) told (ref, commit)
  on conflict (git_host_id, repository, ref) do update set commit = excluded.commit`

export async function keepRefs(
  tx: Queryable,
  { hostId, repository }: PolledRemote,
  refs: readonly PolledRef[],
): Promise<void> {
  const columns = [refs.map(({ ref }) => ref), refs.map(({ commit }) => commit)]
  if (refs.length > 0) await tx.query(KEEP, [hostId, repository, ...columns])
}

const FORGET =
  'delete from git_polled_refs where git_host_id = $1 and repository = $2 and ref = any ($3::text[])'

export async function forgetRefs(
  tx: Queryable,
  { hostId, repository }: PolledRemote,
  refs: readonly string[],
): Promise<void> {
  if (refs.length > 0) await tx.query(FORGET, [hostId, repository, refs])
}
