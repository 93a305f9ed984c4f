/** Lines, kept in batches as they came: a row a batch, `lines` a JSON array of [time, text with its newline]. */
import type { Queryable } from '../db/database.ts'
import { LOG_CHANNEL, type StepCounts } from './log.ts'

const LOCK_STEP = {
  name: 'lock-step',
  text: /* sql */ `
    select line_count as "lineCount", server_lines as "serverLines", dropped_lines as "droppedLines"
      from deployment_steps where deployment_id = $1 and step = $2 for no key update`,
}

/** Undefined when there is no such step. */
export async function lockStep(
  tx: Queryable,
  deploymentId: string,
  step: number,
): Promise<StepCounts | undefined> {
  return (await tx.query<StepCounts>(LOCK_STEP, [deploymentId, step])).rows[0]
}

const LOG_BYTES = {
  name: 'log-bytes',
  text: /* sql */ `
    select coalesce(sum(byte_count), 0)::bigint as bytes from deployment_steps where deployment_id = $1`,
}

export async function logBytes(tx: Queryable, deploymentId: string): Promise<number> {
  return (await tx.query<{ bytes: number }>(LOG_BYTES, [deploymentId])).rows[0]?.bytes ?? 0
}

export interface NewChunk {
  readonly deploymentId: string
  readonly step: number
  readonly lineCount: number
  /** How many of them are the server's own. */
  readonly serverLines: number
  /** A JSON array of [time, text]. */
  readonly lines: string
}

const ADD = {
  name: 'add-log-chunk',
  text: /* sql */ `
    with step as (
      update deployment_steps
         set line_count = line_count + $3, server_lines = server_lines + $4, byte_count = byte_count + octet_length($5)
       where deployment_id = $1 and step = $2
      returning line_count - $3 as first_line
    ), added as (
      insert into log_chunks (deployment_id, step, first_line, line_count, lines)
      select $1, $2, first_line, $3, $5 from step
      returning deployment_id
    )
    select pg_notify('${LOG_CHANNEL}', deployment_id::text) from added`,
}

export async function addChunk(tx: Queryable, chunk: NewChunk): Promise<void> {
  const { deploymentId, step, lineCount, serverLines, lines } = chunk
  await tx.query(ADD, [deploymentId, step, lineCount, serverLines, lines])
}

const COUNT_DROPPED = {
  name: 'count-dropped-lines',
  text: /* sql */ `
    update deployment_steps set dropped_lines = dropped_lines + $3 where deployment_id = $1 and step = $2`,
}

export async function countDropped(
  tx: Queryable,
  deploymentId: string,
  step: number,
  lines: number,
): Promise<void> {
  await tx.query(COUNT_DROPPED, [deploymentId, step, lines])
}

export interface ChunkRow {
  readonly firstLine: number
  readonly lines: string
}

/** Starts at the batch that holds the line: one look into the index, however long the step is. */
const READ = {
  name: 'read-log-chunks',
  text: /* sql */ `
    select first_line as "firstLine", lines from log_chunks
     where deployment_id = $1 and step = $2
       and first_line >= coalesce((select max(first_line) from log_chunks
                                    where deployment_id = $1 and step = $2 and first_line <= $3), 0)
     order by first_line limit $4`,
}

export async function readChunks(
  db: Queryable,
  from: { readonly deploymentId: string; readonly step: number; readonly line: number },
  most: number,
): Promise<readonly ChunkRow[]> {
  return (await db.query<ChunkRow>(READ, [from.deploymentId, from.step, from.line, most])).rows
}
