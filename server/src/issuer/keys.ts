/**
 * The keys that sign, from their making at the first start to the opened key in memory.
 *
 * A private key lies in the database sealed with the master key, bound to its own id. Public parts are taken from
 * the private ones that were opened, never from the database: who can only write there cannot publish a key.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Database } from '../db/database.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { StartRefusal } from '../start-refusal.ts'
import {
  insertSigningKey,
  listSigningKeys,
  lockSigningKeys,
  type NewSigningKey,
  type SigningKeyRow,
} from './keys.sql.ts'
import { statesOf } from './lifecycle.ts'

/** 4096 bits sign thirteen times slower, and no relying party asks for them. */
const MODULUS_BITS = 2048

/** The public part of an RSA key (RFC 7518, section 6.3.1). */
export interface PublicJwk {
  readonly kty: 'RSA'
  readonly n: string
  readonly e: string
}

export interface SigningKey {
  /** JWK thumbprint of the public part (RFC 7638): another key has another id. */
  readonly kid: string
  readonly publicJwk: PublicJwk
  readonly privateKey: KeyObject
}

export interface SigningKeys {
  /** The one that signs. */
  readonly active: SigningKey
  /** All that a relying party may believe, the active one included. */
  readonly published: readonly SigningKey[]
  /** Ids of all keys there ever were, to recognize our own tokens by. */
  readonly allKids: ReadonlySet<string>
}

/**
 * Opens the signing keys, and makes the first one when there is none. Servers that start together end up with one.
 *
 * @throws {StartRefusal} with a sentence for the person who starts the server, when it does not open a key.
 */
export async function loadSigningKeys(services: {
  readonly db: Database
  readonly masterKey: MasterKey
}): Promise<SigningKeys> {
  const { db, masterKey } = services
  let found = await listSigningKeys(db)
  if (found.rows.length === 0) {
    await makeFirstKey(db, masterKey)
    found = await listSigningKeys(db)
  }
  const usable = statesOf(found.rows, found.at)
    .filter(({ state }) => state !== 'retired')
    .map(({ key, state }) => ({ key: openSigningKey(key, masterKey), state }))
  const active = usable.find(({ state }) => state === 'signing')
  if (!active) throw new StartRefusal('The database holds signing keys, but none that may sign now.')
  return {
    active: active.key,
    published: usable.map(({ key }) => key),
    allKids: new Set(found.rows.map((row) => row.kid)),
  }
}

/** The key is made before the lock is taken, for making it takes a tenth of a second; who comes second drops it. */
async function makeFirstKey(db: Database, masterKey: MasterKey): Promise<void> {
  const key = await makeSealedKey(masterKey)
  await db.transaction(async (tx) => {
    await lockSigningKeys(tx)
    if ((await listSigningKeys(tx)).rows.length === 0) await insertSigningKey(tx, key, 0)
  })
}

/** A new key as it is stored. */
export async function makeSealedKey(masterKey: MasterKey): Promise<NewSigningKey> {
  const { kid, publicJwk, privateKey } = await generateSigningKey()
  const plain = privateKey.export({ format: 'der', type: 'pkcs8' })
  const sealedPrivateKey = masterKey.wrap(plain, sealContext(kid))
  plain.fill(0)
  return { kid, publicJwk, sealedPrivateKey }
}

/** A new key pair, made in libuv's threads. */
export async function generateSigningKey(): Promise<SigningKey> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: MODULUS_BITS })
  return describeKey(privateKey)
}

function openSigningKey(row: SigningKeyRow, masterKey: MasterKey): SigningKey {
  const plain = unsealPrivateKey(row, masterKey)
  const key = describeKey(createPrivateKey({ key: plain, format: 'der', type: 'pkcs8' }))
  plain.fill(0)
  if (key.kid !== row.kid) throw new Error(`The signing key ${row.kid} in the database holds another key.`)
  return key
}

function unsealPrivateKey(row: SigningKeyRow, masterKey: MasterKey): Buffer {
  try {
    return masterKey.unwrap(row.sealedPrivateKey, sealContext(row.kid))
  } catch (cause) {
    throw new StartRefusal(
      `The master key does not open the signing key ${row.kid} in the database. ` +
        'Start with the master key that this database was first started with.',
      { cause },
    )
  }
}

function describeKey(privateKey: KeyObject): SigningKey {
  const { n, e } = createPublicKey(privateKey).export({ format: 'jwk' })
  if (typeof n !== 'string' || typeof e !== 'string') throw new Error('A signing key must be an RSA key.')
  const publicJwk: PublicJwk = { kty: 'RSA', n, e }
  return { kid: thumbprintOf(publicJwk), publicJwk, privateKey }
}

/** RFC 7638: SHA-256 over the required members alone, in the order of their names, without spaces. */
export function thumbprintOf({ e, kty, n }: PublicJwk): string {
  return createHash('sha256').update(JSON.stringify({ e, kty, n })).digest('base64url')
}

/** Ties a sealed key to its id, so that two rows cannot be swapped. */
export function sealContext(kid: string): string {
  return `signing-key|${kid}`
}
