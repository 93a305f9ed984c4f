/**
 * Rotation of keys, as an admin of the installation asks for it.
 *
 * Owns: the acts and their records. Does not own: how a key is wrapped (secrets/master-key), the stacks' data keys
 * (secrets), nor the keys that sign (issuer).
 *
 * The master key is read at the start of the server and never handed to a client: a new one is put on top of its
 * source, every server is started again, and then everything that a former key wrapped is wrapped anew.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { actorOf, type UserPrincipal } from '../access/principal.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { countWrappedSigningKeys, rewrapSigningKeys } from '../issuer/rewrap.ts'
import { type MasterKey, MasterKeyError } from '../secrets/master-key.ts'
import {
  addNewDataKey,
  countWrappedDataKeys,
  rewrapDataKeys,
  type WrappedCount,
} from '../secrets/rotation.ts'
import { findStack, holdStack, type StackNames, stackNotFound } from '../stacks/stack.ts'

export interface KeyServices {
  readonly db: Database
  readonly masterKey: MasterKey
  readonly randomBytes: (count: number) => Buffer
}

/** What the master key wraps, and how much of it is still wrapped by a former one. */
export interface KeyStatus {
  readonly dataKeys: WrappedCount
  readonly signingKeys: WrappedCount
}

export interface MasterKeyRotation {
  readonly rewrapped: { readonly dataKeys: number; readonly signingKeys: number }
  /** Call again until it is 0. */
  readonly remaining: number
}

/** A call ends well before a proxy loses its patience; the next one goes on. */
const DATA_KEYS_A_CALL = 2_000

export async function keyStatus({ db, masterKey }: KeyServices): Promise<KeyStatus> {
  return {
    dataKeys: await countWrappedDataKeys(db, masterKey),
    signingKeys: await countWrappedSigningKeys(db, masterKey),
  }
}

/** Wraps some of the keys anew. Harmless to repeat, and to have killed in the middle. */
export async function rotateMasterKey(
  services: KeyServices,
  caller: UserPrincipal,
): Promise<MasterKeyRotation | Refusal> {
  const { db, masterKey } = services
  try {
    const signingKeys = await rewrapSigningKeys(db, masterKey)
    const dataKeys = await rewrapDataKeys(db, masterKey, DATA_KEYS_A_CALL)
    const rewrapped = { dataKeys, signingKeys }
    if (dataKeys + signingKeys > 0) {
      await recordAudit(db, {
        organizationId: null,
        actor: actorOf(caller),
        action: 'master_key.rotated',
        target: 'installation',
        details: rewrapped,
      })
    }
    const left = await keyStatus(services)
    return { rewrapped, remaining: left.dataKeys.former + left.signingKeys.former }
  } catch (error) {
    if (!(error instanceof MasterKeyError)) throw error
    return {
      status: 409,
      reason: 'master_key_missing',
      message: `${error.message} Put every former master key below the new one, one a line, and start the server again.`,
    }
  }
}

export interface DataKeyRotation {
  readonly stack: string
  /** Of the key that seals from now on; those before it go on opening what they sealed. */
  readonly version: number
}

export async function rotateDataKey(
  services: KeyServices,
  caller: UserPrincipal,
  names: StackNames,
): Promise<DataKeyRotation | Refusal> {
  return services.db.transaction(async (tx) => {
    const found = await findStack(tx, names)
    // Held: another rotation waits, and then gives the next version.
    if (!found || !(await holdStack(tx, found.id))) return stackNotFound(names)
    const version = await addNewDataKey(tx, found.id, services)
    const stack = `${found.organization}/${found.project}/${found.name}`
    await recordAudit(tx, {
      organizationId: found.organizationId,
      actor: actorOf(caller),
      action: 'data_key.rotated',
      target: stack,
      details: { version },
    })
    return { stack, version }
  })
}
