/**
 * Secrets at rest: everything secret that belongs to a stack, sealed under the stack's own data key. What an
 * organization itself keeps secret (its webhooks, its git hosts) is sealed the same way, under a data key of the organization.
 *
 * Owns: the data keys and the form of a sealed secret. Does not own: where a sealed secret is stored, nor who may
 * open one. The associated data names the stack's immutable id, the purpose and the key's version, so that a
 * ciphertext moved to another stack or to another use does not open, and a rename changes nothing.
 */
import { createCipheriv, createDecipheriv } from 'node:crypto'
import type { Queryable } from '../db/database.ts'
import { addDataKey, dataKeysOf, type KeyOwner } from './data-key.sql.ts'
import type { MasterKey } from './master-key.ts'

/** What a secret is for. The service's `decrypt` opens `state` and nothing else. */
export type Purpose = 'state' | 'env' | 'git' | 'registry' | 'webhook' | 'git-host'

/** The ids are those of stacks; of organizations where `createOrganizationSecrets` made it. */
export interface StackSecrets {
  /** Makes the stack's data key at its first use. */
  seal(tx: Queryable, stackId: string, purpose: Purpose, plain: Buffer): Promise<Buffer>
  /** In the order given, with one look at the database. */
  sealAll(tx: Queryable, stackId: string, purpose: Purpose, plains: readonly Buffer[]): Promise<Buffer[]>
  /** Undefined: not ours, another stack's, for another purpose, or altered. */
  open(tx: Queryable, stackId: string, purpose: Purpose, sealed: Buffer): Promise<Buffer | undefined>
  openAll(
    tx: Queryable,
    stackId: string,
    purpose: Purpose,
    sealed: readonly Buffer[],
  ): Promise<(Buffer | undefined)[]>
}

interface DataKey {
  readonly version: number
  readonly key: Buffer
}

const FORMAT = 1
export const DATA_KEY_BYTES = 32
const NONCE_AT = 5
const NONCE_BYTES = 12
const BODY_AT = NONCE_AT + NONCE_BYTES
const TAG_BYTES = 16

export function createStackSecrets(
  masterKey: MasterKey,
  randomBytes: (count: number) => Buffer,
): StackSecrets {
  return createSecrets(masterKey, randomBytes, 'stack')
}

export function createOrganizationSecrets(
  masterKey: MasterKey,
  randomBytes: (count: number) => Buffer,
): StackSecrets {
  return createSecrets(masterKey, randomBytes, 'organization')
}

function createSecrets(
  masterKey: MasterKey,
  randomBytes: (count: number) => Buffer,
  owner: KeyOwner,
): StackSecrets {
  async function keysOf(tx: Queryable, stackId: string): Promise<DataKey[]> {
    return (await dataKeysOf(tx, owner, stackId)).map(({ version, wrapped_key }) => ({
      version,
      key: masterKey.unwrap(wrapped_key, dataKeyContext(stackId, version, owner)),
    }))
  }

  async function currentKey(tx: Queryable, stackId: string): Promise<DataKey> {
    const [newest] = await keysOf(tx, stackId)
    if (newest) return newest
    const first = masterKey.wrap(randomBytes(DATA_KEY_BYTES), dataKeyContext(stackId, 1, owner))
    await addDataKey(tx, owner, stackId, 1, first)
    const [made] = await keysOf(tx, stackId)
    if (!made) throw new Error(`The ${owner} ${stackId} has no data key although one was just made.`)
    return made
  }

  const secrets: StackSecrets = {
    async sealAll(tx, stackId, purpose, plains) {
      const key = await currentKey(tx, stackId)
      return plains.map((plain) => sealWith(key, stackId, purpose, plain, randomBytes(NONCE_BYTES)))
    },
    async openAll(tx, stackId, purpose, sealed) {
      const keys = await keysOf(tx, stackId)
      return sealed.map((one) => openWith(keys, stackId, purpose, one))
    },
    async seal(tx, stackId, purpose, plain) {
      const key = await currentKey(tx, stackId)
      return sealWith(key, stackId, purpose, plain, randomBytes(NONCE_BYTES))
    },
    async open(tx, stackId, purpose, sealed) {
      return openWith(await keysOf(tx, stackId), stackId, purpose, sealed)
    },
  }
  return secrets
}

/** [1][u32 key version][12 nonce][ciphertext][16 tag] */
function sealWith(key: DataKey, stackId: string, purpose: Purpose, plain: Buffer, nonce: Buffer): Buffer {
  const header = Buffer.alloc(NONCE_AT)
  header.writeUInt8(FORMAT, 0)
  header.writeUInt32BE(key.version, 1)
  const cipher = createCipheriv('aes-256-gcm', key.key, nonce)
  cipher.setAAD(associatedData(stackId, purpose, key.version))
  return Buffer.concat([header, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function openWith(
  keys: readonly DataKey[],
  stackId: string,
  purpose: Purpose,
  sealed: Buffer,
): Buffer | undefined {
  if (sealed.length < BODY_AT + TAG_BYTES || sealed[0] !== FORMAT) return undefined
  const version = sealed.readUInt32BE(1)
  const key = keys.find((one) => one.version === version)
  if (!key) return undefined
  const nonce = sealed.subarray(NONCE_AT, BODY_AT)
  const decipher = createDecipheriv('aes-256-gcm', key.key, nonce, { authTagLength: TAG_BYTES })
  decipher.setAAD(associatedData(stackId, purpose, version)).setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(BODY_AT, -TAG_BYTES)), decipher.final()])
  } catch {
    return undefined // the tag does not fit: whatever the reason, it is not ours to open
  }
}

function associatedData(stackId: string, purpose: Purpose, keyVersion: number): Buffer {
  return Buffer.from(`daypass|${stackId}|${purpose}|${keyVersion}`)
}

/** What a data key is wrapped for: it opens nothing of another owner, nor under another version. */
export function dataKeyContext(ownerId: string, version: number, owner: KeyOwner = 'stack'): string {
  return `${owner}-data-key|${ownerId}|${version}`
}
