/**
 * The keys that sign, from their making at the first start to the opened ones in memory.
 *
 * What their holder needs to use one lies in the database sealed with the master key, bound to the key's id: the
 * private key itself, or where it is. Public parts are taken from what was opened, never from the database: who can
 * only write there cannot publish a key.
 */
import type { Database } from '../db/database.ts'
import { Outage } from '../outage.ts'
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
import { type KeyHolder, type Signer, type Signers, type SigningKey, thumbprintOf } from './signer.ts'

export interface SigningKeys {
  /** The one that signs. */
  readonly active: SigningKey
  /** All that a relying party may believe, the active one included. */
  readonly published: readonly SigningKey[]
  /** Ids of all keys there ever were, to recognize our own tokens by. */
  readonly allKids: ReadonlySet<string>
}

export interface KeyRing {
  /**
   * The keys as the database has them now: the very same object as before when nothing has changed. Makes the first
   * key when there is none; servers that start together end up with one.
   *
   * @throws {StartRefusal} with a sentence for the person who starts the server, when it does not open a key.
   */
  load(): Promise<SigningKeys>
}

export interface KeyRingServices {
  readonly db: Database
  readonly masterKey: MasterKey
  readonly signers: Signers
}

/** A key as its row keeps it, until it is destroyed. */
export interface SealedKey {
  readonly kid: string
  readonly heldBy: KeyHolder
  readonly sealedPrivateKey: Buffer
}

interface OpenedKey {
  readonly sealed: Buffer
  readonly key: SigningKey
}

export function createKeyRing(services: KeyRingServices): KeyRing {
  const { masterKey, signers } = services
  let opened: ReadonlyMap<string, OpenedKey> = new Map()
  let last: { readonly of: string; readonly keys: SigningKeys } | undefined

  function open(row: SealedKey): OpenedKey {
    const before = opened.get(row.kid)
    if (before?.sealed.equals(row.sealedPrivateKey)) return before
    return { sealed: row.sealedPrivateKey, key: openSigningKey(row, masterKey, signers) }
  }

  return {
    async load() {
      const { rows, at } = await atLeastOneKey(services)
      const states = statesOf(rows, at)
      const usable = states
        .filter(({ state }) => state !== 'retired')
        .map(({ key: row, state }) => ({ ...open(requireKept(row)), state }))
      const active = usable.find(({ state }) => state === 'signing')?.key
      if (!active) throw new StartRefusal('The database holds signing keys, but none that may sign now.')
      const of = states.map(({ key: { kid }, state }) => `${kid} ${state}`).join()
      const isAsBefore = last?.of === of && usable.every((one) => opened.get(one.key.kid)?.key === one.key)
      opened = new Map(usable.map((one) => [one.key.kid, one]))
      if (last === undefined || !isAsBefore) {
        const published = usable.map(({ key }) => key)
        last = { of, keys: { active, published, allKids: new Set(rows.map(({ kid }) => kid)) } }
      }
      return last.keys
    },
  }
}

async function atLeastOneKey({ db, masterKey, signers }: KeyRingServices) {
  const found = await listSigningKeys(db)
  if (found.rows.length > 0) return found
  await makeFirstKey(db, masterKey, signers.forNewKeys)
  return listSigningKeys(db)
}

/** The key is made before the lock is taken, for making it takes a tenth of a second; who comes second drops it. */
async function makeFirstKey(db: Database, masterKey: MasterKey, signer: Signer): Promise<void> {
  const key = await makeSealedKey(masterKey, signer).catch((error: unknown) => {
    throw error instanceof Outage ? new StartRefusal(error.message) : error
  })
  const isFirst = await db.transaction(async (tx) => {
    await lockSigningKeys(tx)
    if ((await listSigningKeys(tx)).rows.length > 0) return false
    await insertSigningKey(tx, key, 0)
    return true
  })
  if (!isFirst) await signer.destroy(materialOf(key, masterKey))
}

/** A new key as it is stored. */
export async function makeSealedKey(masterKey: MasterKey, signer: Signer): Promise<NewSigningKey> {
  const { publicJwk, material } = await signer.create()
  const kid = thumbprintOf(publicJwk)
  const sealedPrivateKey = masterKey.wrap(material, sealContext(kid))
  material.fill(0)
  return { kid, publicJwk, heldBy: signer.holder, sealedPrivateKey }
}

function requireKept({ kid, heldBy, sealedPrivateKey }: SigningKeyRow): SealedKey {
  if (sealedPrivateKey === null) throw new Error(`The signing key ${kid} in the database was destroyed.`)
  return { kid, heldBy, sealedPrivateKey }
}

function openSigningKey(row: SealedKey, masterKey: MasterKey, signers: Signers): SigningKey {
  const material = materialOf(row, masterKey)
  const key = signers.holding[row.heldBy].open(material)
  material.fill(0)
  if (key.kid !== row.kid) throw new Error(`The signing key ${row.kid} in the database holds another key.`)
  return key
}

/** What the key's holder gave for it: to be overwritten when it was used. */
export function materialOf(row: Pick<SealedKey, 'kid' | 'sealedPrivateKey'>, masterKey: MasterKey): Buffer {
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

/** Ties a sealed key to its id, so that two rows cannot be swapped. */
export function sealContext(kid: string): string {
  return `signing-key|${kid}`
}
