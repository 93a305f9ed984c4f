import type { Queryable } from '../db/database.ts'

const DIGEST = {
  name: 'state-digest',
  text: /* sql */ `
    select sha256, schema_version as "schemaVersion", features from states where stack_id = $1 and version = $2`,
}

export interface StateDigest {
  readonly sha256: Buffer
  readonly schemaVersion: number
  readonly features: string[]
}

export async function storedDigest(
  tx: Queryable,
  stackId: string,
  version: number,
): Promise<StateDigest | undefined> {
  return (await tx.query<StateDigest>(DIGEST, [stackId, version])).rows[0]
}

export interface StateHeader {
  readonly stackId: string
  readonly updateId: string | undefined
  readonly version: number
  readonly schemaVersion: number
  readonly features: readonly string[]
  readonly resourceCount: number
  readonly byteCount: number
  readonly sha256: Buffer
}

const UPSERT = {
  name: 'state-upsert',
  text: /* sql */ `
    insert into states (stack_id, update_id, version, schema_version, features, resource_count, byte_count, sha256)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (stack_id, version) do update
       set update_id = excluded.update_id, schema_version = excluded.schema_version, features = excluded.features,
           resource_count = excluded.resource_count, byte_count = excluded.byte_count, sha256 = excluded.sha256,
           created_at = now()
    returning id`,
}

export async function upsertState(tx: Queryable, state: StateHeader): Promise<number> {
  const { rows } = await tx.query<{ id: number }>(UPSERT, [
    state.stackId,
    state.updateId ?? null,
    state.version,
    state.schemaVersion,
    state.features,
    state.resourceCount,
    state.byteCount,
    state.sha256,
  ])
  const [row] = rows
  if (!row) throw new Error('An upsert of a state returned no row.')
  return row.id
}

const DELETE_CHUNKS = { name: 'state-chunks-delete', text: 'delete from state_chunks where state_id = $1' }
const INSERT_CHUNK = {
  name: 'state-chunk-insert',
  text: 'insert into state_chunks (state_id, seq, body) values ($1, $2, $3)',
}

/** @param chunks Each is asked for when the one before is stored. */
export async function replaceChunks(
  tx: Queryable,
  stateId: number,
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
): Promise<void> {
  await tx.query(DELETE_CHUNKS, [stateId])
  let seq = 0
  for await (const body of chunks) {
    await tx.query(INSERT_CHUNK, [stateId, seq, body])
    seq += 1
  }
}

export interface StateChunkRow {
  readonly id: number
  readonly schemaVersion: number
  readonly features: string[]
  readonly resourceCount: number
  readonly byteCount: number
  readonly sha256: Buffer
  /** The update that wrote it is still running, and may write it anew. */
  readonly mayChange: boolean
  readonly body: Buffer
}

/** One statement, so that a write in the middle of the read is seen whole or not at all. */
const SELECT = {
  name: 'state-select',
  text: /* sql */ `
    select t.id, t.schema_version as "schemaVersion", t.features, t.resource_count as "resourceCount",
           t.byte_count as "byteCount", t.sha256, c.body,
           exists (select from updates u where u.id = t.update_id and u.status = 'running') as "mayChange"
      from states t join state_chunks c on c.state_id = t.id
     where t.id = (select id from states where stack_id = $1 and ($2::bigint is null or version <= $2)
                    order by version desc limit 1)
       and ($3::integer is null or c.seq < $3)
     order by c.seq`,
}

/** @param chunks Only so many, the first ones; undefined: all. */
export async function selectState(
  tx: Queryable,
  stackId: string,
  version: number | undefined,
  chunks: number | undefined,
): Promise<StateChunkRow[]> {
  return (await tx.query<StateChunkRow>(SELECT, [stackId, version ?? null, chunks ?? null])).rows
}

const SELECT_MORE = {
  name: 'state-select-more',
  text: /* sql */ `
    select c.body from states t join state_chunks c on c.state_id = t.id
     where t.id = $1 and t.sha256 = $2 and c.seq >= $3 and c.seq < $4
     order by c.seq`,
}

/** Further chunks of a state; none when it has been written anew since its first ones were read. */
export async function selectMoreChunks(
  tx: Queryable,
  { id, sha256 }: Pick<StateChunkRow, 'id' | 'sha256'>,
  from: number,
  count: number,
): Promise<Buffer[]> {
  const { rows } = await tx.query<{ body: Buffer }>(SELECT_MORE, [id, sha256, from, from + count])
  return rows.map(({ body }) => body)
}

export async function latestResourceCount(tx: Queryable, stackId: string): Promise<number> {
  const text = /* sql */ `
    select resource_count as count from states where stack_id = $1 order by version desc limit 1`
  return (await tx.query<{ count: number }>(text, [stackId])).rows[0]?.count ?? 0
}
