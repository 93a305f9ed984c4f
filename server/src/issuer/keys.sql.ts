/** The signing keys at rest. */
import type { Queryable } from '../db/database.ts'
import type { PublicJwk } from './keys.ts'

export interface SigningKeyRow {
  readonly kid: string
  readonly sealedPrivateKey: Buffer
  /** By the database's clock: servers that share it agree on which key signs. */
  readonly maySign: boolean
  readonly retired: boolean
}

const LIST = {
  name: 'list-signing-keys',
  text: /* sql */ `
    select kid, sealed_private_key as "sealedPrivateKey", signs_from <= now() as "maySign",
           retired_at is not null as "retired"
      from signing_keys
     order by signs_from, kid`,
}

/** All keys there ever were, the one that signed last at the end. */
export async function listSigningKeys(db: Queryable): Promise<SigningKeyRow[]> {
  return (await db.query<SigningKeyRow>(LIST)).rows
}

const LOCK = /* sql */ `select pg_advisory_xact_lock(hashtextextended('daypass signing keys', 0))`

/** Makes other servers wait, until the transaction ends, before they decide that a key is missing. */
export async function lockSigningKeys(tx: Queryable): Promise<void> {
  await tx.query(LOCK)
}

const INSERT = /* sql */ `
  insert into signing_keys (kid, public_jwk, sealed_private_key, signs_from) values ($1, $2, $3, now())`

/** Adds a key that signs from now on. */
export async function insertSigningKey(
  tx: Queryable,
  key: { readonly kid: string; readonly publicJwk: PublicJwk; readonly sealedPrivateKey: Buffer },
): Promise<void> {
  await tx.query(INSERT, [key.kid, JSON.stringify(key.publicJwk), key.sealedPrivateKey])
}

const RESEAL = /* sql */ `update signing_keys set sealed_private_key = $2 where kid = $1`

/** The same key, wrapped by another master key. */
export async function resealSigningKey(tx: Queryable, kid: string, sealedPrivateKey: Buffer): Promise<void> {
  await tx.query(RESEAL, [kid, sealedPrivateKey])
}
