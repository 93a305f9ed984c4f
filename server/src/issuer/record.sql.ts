/** The record of mints: a row for each token, whether it was used or not. */
import type { Queryable } from '../db/database.ts'
import { type MintRecord, RetiredKeyError } from './record.ts'

const INSERT = {
  name: 'insert-mints',
  text: /* sql */ `
    insert into mints (jti, kid, organization_id, stack_id, deployment_id, subject, audience, purpose,
                       issued_at, expires_at)
    select jti, kid, organization_id, stack_id, deployment_id, subject, audience, purpose,
           to_timestamp(issued_at), to_timestamp(expires_at)
      from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[],
                  $9::bigint[], $10::bigint[])
           with ordinality as mint (jti, kid, organization_id, stack_id, deployment_id, subject, audience, purpose,
                                    issued_at, expires_at, position)
     where not exists (select from signing_keys where kid = any ($2::text[]) and retired_at is not null)
     order by position`,
}

/**
 * Writes all of them in one statement, which is one commit: either all are durable when it resolves, or it rejects.
 *
 * @throws {RetiredKeyError} when one of the keys was retired, which this server then has not heard of.
 */
export async function insertMints(db: Queryable, records: readonly MintRecord[]): Promise<void> {
  const { rowCount } = await db.query(INSERT, [
    records.map((record) => record.jti),
    records.map((record) => record.kid),
    records.map((record) => record.organizationId),
    records.map((record) => record.stackId),
    records.map((record) => record.deploymentId),
    records.map((record) => record.subject),
    records.map((record) => record.audience),
    records.map((record) => record.purpose),
    records.map((record) => record.issuedAtSeconds),
    records.map((record) => record.expiresAtSeconds),
  ])
  if (rowCount !== records.length) throw new RetiredKeyError()
}
