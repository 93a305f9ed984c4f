/**
 * The master key: wraps the few keys that open everything else (each stack's data key, the issuer's private keys).
 *
 * Owns: where the key comes from, and the form of a wrapped key. Does not own: what is wrapped, nor where it is stored.
 * This is the only file that reads the master key. Its sources hold one key a line, 32 bytes in base64: the first
 * wraps, all of them unwrap, so a rotation puts a new line on top and wraps anew at leisure.
 */
import { execFile } from 'node:child_process'
import { createCipheriv, createDecipheriv, createHash, hkdfSync } from 'node:crypto'
import { link, open, stat, unlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import { StartRefusal } from '../start-refusal.ts'

export interface MasterKey {
  /** Encrypts a key with AES-256-GCM. `context` says what it is for, and is needed again to unwrap it. */
  readonly wrap: (plain: Buffer, context: string) => Buffer
  /** @throws {MasterKeyError} when it was wrapped by another master key, for another context, or altered. */
  readonly unwrap: (sealed: Buffer, context: string) => Buffer
  /** False when it was wrapped by a former key of the source, and should be wrapped anew. */
  readonly isCurrent: (sealed: Buffer) => boolean
  /** 32 bytes for a purpose of its own, from each key of the source (RFC 5869), the current one's first. */
  readonly derive: (purpose: string) => readonly [Buffer, ...Buffer[]]
  /** How everything begins that the current key wrapped, and nothing that a former one did. */
  readonly currentMark: Buffer
}

export type MasterKeySource =
  /** Made at the first start when it is missing, mode 0600. */
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'value'; readonly value: string }
  /** Run by `/bin/sh -c`; prints the key. */
  | { readonly kind: 'command'; readonly command: string }

/** Stops the start of the server, or a request, with its sentence. It never holds key material. */
export class MasterKeyError extends StartRefusal {}

type RandomBytes = (count: number) => Buffer

interface NamedKey {
  readonly id: Buffer
  readonly key: Buffer
}

const KEY_BYTES = 32
const FORMAT = 1
const ID_BYTES = 8
const NONCE_BYTES = 12
const TAG_BYTES = 16
const HEADER_BYTES = 1 + ID_BYTES + NONCE_BYTES
const COMMAND_TIMEOUT_MILLISECONDS = 30_000

/** Reads the key from its source once; the source is not looked at again. */
export async function openMasterKey(source: MasterKeySource, randomBytes: RandomBytes): Promise<MasterKey> {
  const keys = keysIn(await textFrom(source, randomBytes), nameOf(source))
  return masterKeyFrom(keys, randomBytes)
}

async function textFrom(source: MasterKeySource, randomBytes: RandomBytes): Promise<string> {
  switch (source.kind) {
    case 'value':
      return source.value
    case 'file':
      return readKeyFile(source.path, randomBytes)
    case 'command':
      return printedBy(source.command)
  }
}

async function readKeyFile(path: string, randomBytes: RandomBytes): Promise<string> {
  const found = await stat(path).catch(undefinedIfMissing)
  if (!found) await makeKeyFile(path, randomBytes)
  const file = await open(path, 'r')
  try {
    const { mode } = await file.stat()
    if ((mode & 0o077) !== 0) {
      throw new MasterKeyError(`The master key ${path} is readable by others: set its mode to 0600.`)
    }
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Written beside and linked into place, so that a crash leaves no half key, and two servers agree on one. */
async function makeKeyFile(path: string, randomBytes: RandomBytes): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(`${randomBytes(KEY_BYTES).toString('base64')}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await link(draft, path).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error
  })
  await unlink(draft)
}

async function printedBy(command: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], {
      timeout: COMMAND_TIMEOUT_MILLISECONDS,
      maxBuffer: 64 * 1024,
    })
    return stdout
  } catch (error) {
    // The error of execFile quotes what the command printed, which may be the key.
    throw new MasterKeyError(`The command for the master key failed (${String(codeOf(error) ?? 'killed')}).`)
  }
}

function keysIn(text: string, source: string): readonly [NamedKey, ...NamedKey[]] {
  const lines = text.split('\n').map((line) => line.trim())
  const [first, ...rest] = lines.filter((line) => line !== '').map((line) => keyFrom(line, source))
  if (!first) throw new MasterKeyError(`The master key (${source}) is empty: it needs 32 bytes in base64.`)
  return [first, ...rest]
}

function keyFrom(line: string, source: string): NamedKey {
  const key = Buffer.from(line, 'base64')
  if (key.length !== KEY_BYTES || key.toString('base64') !== line) {
    throw new MasterKeyError(`The master key (${source}) is not 32 bytes in base64.`)
  }
  const id = createHash('sha256').update('daypass master key id|').update(key).digest().subarray(0, ID_BYTES)
  return { id, key }
}

/** Wrapped: [1][8 bytes of the master key's id][12 nonce][ciphertext][16 tag]. */
function masterKeyFrom(keys: readonly [NamedKey, ...NamedKey[]], randomBytes: RandomBytes): MasterKey {
  const [current] = keys
  const idOf = (sealed: Buffer): Buffer => sealed.subarray(1, 1 + ID_BYTES)
  const currentMark = Buffer.concat([Buffer.of(FORMAT), current.id])
  return {
    wrap: (plain, context) => {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce).setAAD(associatedData(context))
      const body = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([currentMark, nonce, body, cipher.getAuthTag()])
    },
    unwrap: (sealed, context) => {
      if (sealed.length < HEADER_BYTES + TAG_BYTES || sealed[0] !== FORMAT) {
        throw new MasterKeyError('A stored key has an unknown form.')
      }
      const key = keys.find(({ id }) => id.equals(idOf(sealed)))?.key
      if (!key) throw new MasterKeyError('A stored key was wrapped by another master key than the one given.')
      const nonce = sealed.subarray(1 + ID_BYTES, HEADER_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
        .setAAD(associatedData(context))
        .setAuthTag(sealed.subarray(-TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()])
      } catch (cause) {
        throw new MasterKeyError('A stored key was altered, or belongs elsewhere.', { cause })
      }
    },
    derive: (purpose) => {
      const [first, ...others] = keys
      const from = ({ key }: NamedKey): Buffer =>
        Buffer.from(hkdfSync('sha256', key, '', `daypass|derived|${purpose}`, KEY_BYTES))
      return [from(first), ...others.map(from)]
    },
    isCurrent: (sealed) => sealed.subarray(0, currentMark.length).equals(currentMark),
    currentMark,
  }
}

function associatedData(context: string): Buffer {
  return Buffer.from(`daypass|master|${context}`)
}

function nameOf(source: MasterKeySource): string {
  return source.kind === 'file' ? source.path : source.kind === 'value' ? 'DAYPASS_MASTER_KEY' : 'its command'
}

function undefinedIfMissing(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error
  return undefined
}

function codeOf(error: unknown): string | number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  const { code } = error
  return typeof code === 'string' || typeof code === 'number' ? code : undefined
}
