/** The signing keys at rest. */
import type { Queryable } from '../db/database.ts'
import { UNPUBLISHED_SIGNS_FROM } from './lifecycle.ts'
import type { KeyHolder, PublicJwk } from './signer.ts'

/** Why a key may sign no more. */
export type RetirementReason = 'superseded' | 'revoked'

/** All times are the database's, so that servers that share it agree on which key signs. */
export interface SigningKeyRow {
  readonly kid: string
  readonly heldBy: KeyHolder
  /** What its holder needs to use it. Null: it is retired and destroyed. */
  readonly sealedPrivateKey: Buffer | null
  readonly createdAt: Date
  readonly signsFrom: Date
  readonly retiredAt: Date | null
  readonly retiredBecause: RetirementReason | null
}

const LIST = {
  name: 'list-signing-keys',
  text: /* sql */ `
    select kid, held_by as "heldBy", sealed_private_key as "sealedPrivateKey", created_at as "createdAt", signs_from as "signsFrom",
           retired_at as "retiredAt", retired_because as "retiredBecause", clock_timestamp() as "at"
      from signing_keys
     order by signs_from, kid`,
}

/** All keys there ever were, the one that signed last at the end, and what time it was for the database. */
export async function listSigningKeys(db: Queryable): Promise<{ rows: SigningKeyRow[]; at: Date }> {
  const { rows } = await db.query<SigningKeyRow & { at: Date }>(LIST)
  return { rows, at: rows[0]?.at ?? new Date(0) }
}

const LOCK = /* sql */ `select pg_advisory_xact_lock(hashtextextended('daypass signing keys', 0))`

/** Makes other servers wait, until the transaction ends, before they decide that a key is missing. */
export async function lockSigningKeys(tx: Queryable): Promise<void> {
  await tx.query(LOCK)
}

const INSERT = /* sql */ `
  insert into signing_keys (kid, public_jwk, held_by, sealed_private_key, signs_from)
  values ($1, $2, $3, $4, coalesce(clock_timestamp() + make_interval(secs => $5), $6))
  returning signs_from as "signsFrom"`

export interface NewSigningKey {
  readonly kid: string
  readonly publicJwk: PublicJwk
  readonly heldBy: KeyHolder
  readonly sealedPrivateKey: Buffer
}

/**
 * Adds a key that signs so many seconds from now on.
 *
 * @param leadSeconds Null: not before it was seen where keys are published.
 * @returns From when it signs.
 */
export async function insertSigningKey(
  tx: Queryable,
  { kid, publicJwk, heldBy, sealedPrivateKey }: NewSigningKey,
  leadSeconds: number | null,
): Promise<Date> {
  const values = [
    kid,
    JSON.stringify(publicJwk),
    heldBy,
    sealedPrivateKey,
    leadSeconds,
    UNPUBLISHED_SIGNS_FROM,
  ]
  const [row] = (await tx.query<{ signsFrom: Date }>(INSERT, values)).rows
  if (!row) throw new Error('A signing key was not stored.')
  return row.signsFrom
}

const SIGN_NOW = /* sql */ `update signing_keys set signs_from = clock_timestamp() where kid = $1`

/** A key that was published signs before its time. */
export async function signFromNow(tx: Queryable, kid: string): Promise<void> {
  await tx.query(SIGN_NOW, [kid])
}

const RELEASE = /* sql */ `
  update signing_keys set signs_from = clock_timestamp() + make_interval(secs => $2)
   where kid = any($1) and signs_from = $3 and retired_at is null
  returning kid, signs_from as "signsFrom"`

/** Those of the keys that waited until they were seen sign so many seconds from now on. */
export async function releaseSigningKeys(
  tx: Queryable,
  kids: readonly string[],
  leadSeconds: number,
): Promise<{ readonly kid: string; readonly signsFrom: Date }[]> {
  return (
    await tx.query<{ kid: string; signsFrom: Date }>(RELEASE, [kids, leadSeconds, UNPUBLISHED_SIGNS_FROM])
  ).rows
}

const HOLD = /* sql */ `
  update signing_keys set signs_from = $1
   where signs_from > clock_timestamp() and signs_from < $1 and retired_at is null
  returning kid`

/** The keys that would have signed soon wait until they are seen. @returns Their ids. */
export async function holdSigningKeys(tx: Queryable): Promise<string[]> {
  return (await tx.query<{ kid: string }>(HOLD, [UNPUBLISHED_SIGNS_FROM])).rows.map(({ kid }) => kid)
}

const RETIRE = /* sql */ `
  update signing_keys set retired_at = clock_timestamp(), retired_because = $2
   where kid = any($1) and retired_at is null`

/** Takes keys out of what is published. */
export async function retireSigningKeys(
  tx: Queryable,
  kids: readonly string[],
  because: RetirementReason,
): Promise<void> {
  await tx.query(RETIRE, [kids, because])
}

const LIST_DOOMED = {
  name: 'list-retired-private-keys',
  text: /* sql */ `
    select kid, held_by as "heldBy", sealed_private_key as "sealedPrivateKey"
      from signing_keys
     where retired_at is not null and sealed_private_key is not null`,
}

/** Retired keys whose private part is still kept. */
export async function listRetiredPrivateKeys(
  db: Queryable,
): Promise<{ kid: string; heldBy: KeyHolder; sealedPrivateKey: Buffer }[]> {
  return (await db.query<{ kid: string; heldBy: KeyHolder; sealedPrivateKey: Buffer }>(LIST_DOOMED)).rows
}

const FORGET = /* sql */ `
  update signing_keys set sealed_private_key = null where kid = $1 and retired_at is not null`

/** Keeps of a retired key that it was ours, and nothing that signs. */
export async function forgetPrivateKey(db: Queryable, kid: string): Promise<void> {
  await db.query(FORGET, [kid])
}

export const SIGNING_KEYS_CHANNEL = 'signing_keys'

/** Tells every server, when the transaction is committed, to read the keys anew. */
export async function announceSigningKeys(tx: Queryable): Promise<void> {
  await tx.query('select pg_notify($1, $2)', [SIGNING_KEYS_CHANNEL, ''])
}

const RESEAL = /* sql */ `update signing_keys set sealed_private_key = $2 where kid = $1`

/** The same key, wrapped by another master key. */
export async function resealSigningKey(tx: Queryable, kid: string, sealedPrivateKey: Buffer): Promise<void> {
  await tx.query(RESEAL, [kid, sealedPrivateKey])
}
