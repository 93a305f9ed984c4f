import type { Queryable } from '../../db/database.ts'
import { LEASE_LIVES, LEASED_AND_HELD, type LeasedUpdateRow } from '../lease.sql.ts'

/** Small enough to hold, large enough that an update of thousands of requests needs few reads. */
const ROWS_A_READ = 500
/** A request may be large: after so many bytes no further row is read with it. */
const BYTES_A_READ = 8 * 1024 * 1024

/**
 * The lease's row is taken, looked at and written under in one statement, which is one transaction and one trip: this is
 * what an `up` waits for most. Whoever ends the update holds that row first, and is seen here as its end.
 */
const APPEND = {
  name: 'journal-append',
  text: /* sql */ `
    with leased as materialized (${LEASED_AND_HELD}),
    judged as materialized (
      select *, id::text = $2 and ${LEASE_LIVES} and not "dryRun" and "journalVersion" > 0 as writable from leased
    ),
    appended as (
      insert into journal_entries (update_id, first_sequence_id, sequence_digest, body)
      select id, $3, $4, $5 from judged where writable and $3::bigint is not null
      on conflict do nothing
    )
    select * from judged`,
}

export interface JournalRow {
  readonly firstSequenceId: number
  readonly sequenceDigest: Buffer
  /** Gzip. */
  readonly body: Buffer
}

export interface AppendedTo extends LeasedUpdateRow {
  /** The lease lives, the update keeps a journal, and the row is in it. */
  readonly writable: boolean
}

/**
 * The same request again changes nothing. Costs the same however long the journal is.
 *
 * @param row Undefined for a request without entries, which only asks.
 * @returns The update of the lease; undefined when there is none.
 */
export async function appendUnderLease(
  db: Queryable,
  lease: { readonly tokenHash: Buffer; readonly updateId: string },
  row: JournalRow | undefined,
): Promise<AppendedTo | undefined> {
  const { rows } = await db.query<AppendedTo>(APPEND, [
    lease.tokenHash,
    lease.updateId,
    row?.firstSequenceId ?? null,
    row?.sequenceDigest ?? null,
    row?.body ?? null,
  ])
  return rows[0]
}

const READ = {
  name: 'journal-read',
  text: /* sql */ `
    select first_sequence_id as "firstSequenceId", sequence_digest as "sequenceDigest", body
      from (select *, sum(octet_length(body)) over (order by first_sequence_id, sequence_digest)
                        - octet_length(body) as bytes_before
              from (select * from journal_entries
                     where update_id = $1 and (first_sequence_id, sequence_digest) > ($2, $3)
                     order by first_sequence_id, sequence_digest
                     limit $4) page) measured
     where bytes_before < $5
     order by first_sequence_id, sequence_digest`,
}

/** Nearly in the order of replay: requests may overlap. */
export async function* selectEntries(tx: Queryable, updateId: string): AsyncGenerator<Buffer> {
  let last: Pick<JournalRow, 'firstSequenceId' | 'sequenceDigest'> | undefined
  for (;;) {
    const { rows } = await tx.query<JournalRow>(READ, [
      updateId,
      last?.firstSequenceId ?? 0,
      last?.sequenceDigest ?? Buffer.alloc(0),
      ROWS_A_READ,
      BYTES_A_READ,
    ])
    for (const { body } of rows) yield body
    last = rows.at(-1)
    if (!last) return
  }
}

const DELETE = { name: 'journal-delete', text: 'delete from journal_entries where update_id = $1' }

export async function deleteEntries(tx: Queryable, updateId: string): Promise<void> {
  await tx.query(DELETE, [updateId])
}

const JOURNALED = {
  name: 'journal-update',
  text: /* sql */ `
    select stack_id as "stackId", version, metadata
      from updates
     where id = $1 and version is not null and exists (select from journal_entries where update_id = $1)`,
}

const RUNNING = {
  name: 'journal-running',
  text: /* sql */ `
    select id, version from updates
     where stack_id = $1 and status = 'running' and not dry_run and journal_version > 0`,
}

/** The one update of the stack that is writing a journal, if there is one. */
export async function selectRunningJournal(
  tx: Queryable,
  stackId: string,
): Promise<{ readonly id: string; readonly version: number } | undefined> {
  return (await tx.query<{ id: string; version: number }>(RUNNING, [stackId])).rows[0]
}

export interface JournaledUpdateRow {
  readonly stackId: string
  readonly version: number
  /** JSON, as the client sent it when it created the update. */
  readonly metadata: string
}

/** Undefined for an update without a journal. */
export async function selectJournaledUpdate(
  tx: Queryable,
  updateId: string,
): Promise<JournaledUpdateRow | undefined> {
  return (await tx.query<JournaledUpdateRow>(JOURNALED, [updateId])).rows[0]
}
