/**
 * A token of a PKCS #11 module: an HSM, a smart card, SoftHSM, or a cloud's key service behind its module.
 *
 * Owns: how its keys are made, found, used and destroyed, and the few sessions for it. Does not own: the process that
 * the module runs in (connection, process), nor what the keys are for (issuer).
 *
 * Runs in that process only. After a failure of the module nothing here is used again: the process ends, and the next
 * one begins with the module anew.
 */
import { open } from 'node:fs/promises'
import {
  type Attribute,
  CKA,
  CKF_USER_PIN_FINAL_TRY,
  CKF_USER_PIN_LOCKED,
  CKO,
  CKR,
  type Cryptoki,
  flag,
  type Handle,
  ModuleAnswer,
  type TokenInfo,
  ulong,
} from './cryptoki.ts'
import { type PublicNumbers, TokenError, type TokenPlace } from './protocol.ts'

export interface Token {
  create(id: Buffer, label: string, modulusBits: number): Promise<PublicNumbers>
  sign(id: Buffer, input: Buffer): Promise<Buffer>
  /** That there is no such key is as good. */
  destroy(id: Buffer): Promise<void>
}

/** So many signatures at a time: as many as libuv has threads. */
const SESSIONS = 4
const PUBLIC_EXPONENT = Buffer.of(1, 0, 1)
const LONGEST_PIN_BYTES = 1024

const PIN_REFUSALS = new Set<number>([
  CKR.PIN_INCORRECT,
  CKR.PIN_INVALID,
  CKR.PIN_LEN_RANGE,
  CKR.PIN_EXPIRED,
  CKR.PIN_LOCKED,
  CKR.USER_PIN_NOT_INITIALIZED,
])

/** Logs in. @throws {TokenError} */
export async function openToken(cryptoki: Cryptoki, { token: label, pinFile }: TokenPlace): Promise<Token> {
  const pin = await readPin(pinFile)
  await cryptoki.initialize()
  const { slot, info } = await findToken(cryptoki, label)
  const sessions: Handle[] = []
  for (let count = 0; count < SESSIONS; count += 1) sessions.push(await cryptoki.openSession(slot))
  const [first] = sessions
  if (first === undefined) throw new Error('There is no session.')
  await login(cryptoki, first, pin, { label, flags: info.flags })
  return tokenOf(cryptoki, sessions)
}

async function findToken(cryptoki: Cryptoki, label: string): Promise<{ slot: Handle; info: TokenInfo }> {
  const tokens: { slot: Handle; info: TokenInfo }[] = []
  for (const slot of await cryptoki.slots()) tokens.push({ slot, info: await cryptoki.tokenInfo(slot) })
  const [found, other] = tokens.filter(({ info }) => info.label === label)
  if (other) throw unavailable(`Several tokens of the PKCS #11 module are called ${JSON.stringify(label)}.`)
  if (found) return found
  const labels = tokens.map(({ info }) => JSON.stringify(info.label)).filter((one) => one !== '""')
  throw unavailable(
    `The PKCS #11 module has no token that is called ${JSON.stringify(label)}; ` +
      (labels.length === 0 ? 'it has none.' : `it has ${labels.join(', ')}.`),
  )
}

/** The token counts wrong PINs, and locks itself after some: the last try is left to a person. */
async function login(
  cryptoki: Cryptoki,
  session: Handle,
  pin: Buffer,
  { label, flags }: TokenInfo,
): Promise<void> {
  const token = `The token ${JSON.stringify(label)}`
  if ((flags & CKF_USER_PIN_LOCKED) !== 0) {
    throw pinRefused(`${token} is locked after too many wrong PINs: unlock it with the tools of its maker.`)
  }
  if ((flags & CKF_USER_PIN_FINAL_TRY) !== 0) {
    throw pinRefused(
      `${token} would be locked by one more wrong PIN, so none is tried: log in once with the tools of its maker.`,
    )
  }
  try {
    await cryptoki.login(session, pin)
  } catch (error) {
    if (!(error instanceof ModuleAnswer)) throw error
    if (error.answer === CKR.USER_ALREADY_LOGGED_IN) return
    if (!PIN_REFUSALS.has(error.answer)) throw error
    throw pinRefused(
      `${token} refuses the PIN of --pkcs11-pin-file (${error.message}). It is not tried again before that file changes, for the token may lock itself.`,
    )
  } finally {
    pin.fill(0)
  }
}

async function readPin(path: string): Promise<Buffer> {
  let text: Buffer
  try {
    const file = await open(path, 'r')
    try {
      const { mode, size } = await file.stat()
      if ((mode & 0o077) !== 0)
        throw misconfigured(`The PIN file ${path} is open to others: set its mode to 0600.`)
      if (size > LONGEST_PIN_BYTES) throw misconfigured(`The PIN file ${path} holds no PIN: it is too long.`)
      text = await file.readFile()
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof TokenError) throw cause
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable'
    throw misconfigured(`The PIN file ${path} cannot be read (${code}).`, { cause })
  }
  const pin = text.at(-1) === 0x0a ? text.subarray(0, -1) : text
  if (pin.length === 0) throw misconfigured(`The PIN file ${path} is empty.`)
  return pin
}

function tokenOf(cryptoki: Cryptoki, sessions: Handle[]): Token {
  const inSession = sessionPool(sessions)
  /** Private keys that were found, by the id in hexadecimal digits. */
  const handles = new Map<string, Handle>()

  async function privateKeyOf(session: Handle, id: Buffer): Promise<Handle> {
    const known = handles.get(id.toString('hex'))
    if (known !== undefined) return known
    const [key, other] = await cryptoki.findObjects(session, keyTemplate(CKO.PRIVATE_KEY, id), 2)
    if (other !== undefined) throw unavailable('Two keys of the token have the same id.')
    if (key === undefined) throw absent(id)
    handles.set(id.toString('hex'), key)
    return key
  }

  return {
    create: (id, label, modulusBits) =>
      inSession(async (session) => {
        const name = { type: CKA.LABEL, value: Buffer.from(label) }
        const [publicKey, privateKey] = await cryptoki.generateKeyPair(
          session,
          [
            flag(CKA.TOKEN, true),
            flag(CKA.VERIFY, true),
            ulong(CKA.MODULUS_BITS, modulusBits),
            { type: CKA.PUBLIC_EXPONENT, value: PUBLIC_EXPONENT },
            { type: CKA.ID, value: id },
            name,
          ],
          [
            flag(CKA.TOKEN, true),
            flag(CKA.PRIVATE, true),
            flag(CKA.SENSITIVE, true),
            flag(CKA.EXTRACTABLE, false),
            flag(CKA.SIGN, true),
            { type: CKA.ID, value: id },
            name,
          ],
        )
        const has = async (type: number) => (await cryptoki.attribute(session, privateKey, type))[0] === 1
        if (!(await has(CKA.SENSITIVE)) || (await has(CKA.EXTRACTABLE))) {
          await cryptoki.destroy(session, privateKey)
          await cryptoki.destroy(session, publicKey)
          throw unavailable('The token made a key that could be taken out of it, though it was asked not to.')
        }
        return {
          modulus: withoutZeros(await cryptoki.attribute(session, publicKey, CKA.MODULUS)),
          exponent: withoutZeros(await cryptoki.attribute(session, publicKey, CKA.PUBLIC_EXPONENT)),
        }
      }),
    sign: (id, input) =>
      inSession(async (session) => {
        const key = await privateKeyOf(session, id)
        try {
          return await cryptoki.sign(session, key, input)
        } catch (error) {
          if (!isGone(error)) throw error
          handles.delete(id.toString('hex'))
          throw absent(id)
        }
      }),
    destroy: (id) =>
      inSession(async (session) => {
        handles.delete(id.toString('hex'))
        for (const kind of [CKO.PRIVATE_KEY, CKO.PUBLIC_KEY]) {
          for (const object of await cryptoki.findObjects(session, keyTemplate(kind, id), 2)) {
            await cryptoki.destroy(session, object).catch((error: unknown) => {
              if (!isGone(error)) throw error
            })
          }
        }
      }),
  }
}

function keyTemplate(kind: number, id: Buffer): readonly Attribute[] {
  return [ulong(CKA.CLASS, kind), { type: CKA.ID, value: id }]
}

/** A session does one thing at a time: whoever finds all of them busy waits. */
function sessionPool(free: Handle[]): <T>(work: (session: Handle) => Promise<T>) => Promise<T> {
  const waiting: ((session: Handle) => void)[] = []
  return async (work) => {
    const session = free.pop() ?? (await new Promise<Handle>((resolve) => waiting.push(resolve)))
    try {
      return await work(session)
    } finally {
      const next = waiting.shift()
      if (next) next(session)
      else free.push(session)
    }
  }
}

/** Somebody destroyed it. */
function isGone(error: unknown): boolean {
  return (
    error instanceof ModuleAnswer &&
    (error.answer === CKR.KEY_HANDLE_INVALID || error.answer === CKR.OBJECT_HANDLE_INVALID)
  )
}

/** Some modules begin a number with a zero byte, as signed ones do. */
function withoutZeros(number: Buffer): Buffer {
  const first = number.findIndex((byte) => byte !== 0)
  return first === -1 ? number : Buffer.from(number.subarray(first))
}

function absent(id: Buffer): TokenError {
  return unavailable(
    `The token has no private key with the id ${id.toString('hex')}: it was destroyed, or is in another token.`,
  )
}

function unavailable(sentence: string): TokenError {
  return new TokenError({ code: 'unavailable', sentence })
}

function pinRefused(sentence: string): TokenError {
  return new TokenError({ code: 'pin_refused', sentence })
}

function misconfigured(sentence: string, options?: ErrorOptions): TokenError {
  return new TokenError({ code: 'misconfigured', sentence }, options)
}
