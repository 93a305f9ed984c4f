import type { Queryable } from '../db/database.ts'

const GENERATION = {
  name: 'cache-generation',
  text: /* sql */ `select generation from dependency_caches where organization_id = $1 and project = $2`,
}

/** 0 until the cache is cleared for the first time. */
export async function cacheGeneration(
  db: Queryable,
  organizationId: string,
  project: string,
): Promise<number> {
  return (
    (await db.query<{ generation: number }>(GENERATION, [organizationId, project])).rows[0]?.generation ?? 0
  )
}

const RAISE = /* sql */ `
  insert into dependency_caches (organization_id, project, generation) values ($1, $2, 1)
  on conflict (organization_id, project) do update set generation = dependency_caches.generation + 1`

export async function raiseCacheGeneration(
  tx: Queryable,
  organizationId: string,
  project: string,
): Promise<void> {
  await tx.query(RAISE, [organizationId, project])
}
