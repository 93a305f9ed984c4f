/**
 * PKCS #11 v2.40 ("Cryptoki") as far as keys that sign need it: the module's functions, and the names of its numbers.
 *
 * The module is called through koffi, which comes as a prebuilt binary: the bindings made for PKCS #11 are compiled by
 * each installation. Calls run in libuv's threads, so that several sessions work at a time.
 *
 * @see https://docs.oasis-open.org/pkcs11/pkcs11-base/v2.40/os/pkcs11-base-v2.40-os.html
 */
import { promisify } from 'node:util'
import { TokenError } from './protocol.ts'

/** A session, an object or a slot. */
export type Handle = number | bigint

export interface Attribute {
  readonly type: number
  readonly value: Buffer
}

export interface TokenInfo {
  readonly label: string
  readonly flags: number
}

/** Each rejects with what the module answered. */
export interface Cryptoki {
  initialize(): Promise<void>
  /** Of slots that have a token. */
  slots(): Promise<Handle[]>
  tokenInfo(slot: Handle): Promise<TokenInfo>
  openSession(slot: Handle): Promise<Handle>
  login(session: Handle, pin: Buffer): Promise<void>
  /** @returns The public and the private key. */
  generateKeyPair(
    session: Handle,
    publicTemplate: readonly Attribute[],
    privateTemplate: readonly Attribute[],
  ): Promise<[Handle, Handle]>
  /** At most so many. */
  findObjects(session: Handle, template: readonly Attribute[], most: number): Promise<Handle[]>
  attribute(session: Handle, object: Handle, type: number): Promise<Buffer>
  /** RSASSA-PKCS1-v1_5 with SHA-256, which the token computes too. */
  sign(session: Handle, key: Handle, input: Buffer): Promise<Buffer>
  destroy(session: Handle, object: Handle): Promise<void>
}

export const CKR = {
  OK: 0x0,
  SLOT_ID_INVALID: 0x3,
  GENERAL_ERROR: 0x5,
  FUNCTION_FAILED: 0x6,
  DEVICE_ERROR: 0x30,
  DEVICE_MEMORY: 0x31,
  DEVICE_REMOVED: 0x32,
  KEY_HANDLE_INVALID: 0x60,
  MECHANISM_INVALID: 0x70,
  OBJECT_HANDLE_INVALID: 0x82,
  PIN_INCORRECT: 0xa0,
  PIN_INVALID: 0xa1,
  PIN_LEN_RANGE: 0xa2,
  PIN_EXPIRED: 0xa3,
  PIN_LOCKED: 0xa4,
  SESSION_HANDLE_INVALID: 0xb3,
  TOKEN_NOT_PRESENT: 0xe0,
  TOKEN_NOT_RECOGNIZED: 0xe1,
  TOKEN_WRITE_PROTECTED: 0xe2,
  USER_ALREADY_LOGGED_IN: 0x100,
  USER_NOT_LOGGED_IN: 0x101,
  USER_PIN_NOT_INITIALIZED: 0x102,
} as const

export const CKA = {
  CLASS: 0x0,
  TOKEN: 0x1,
  PRIVATE: 0x2,
  LABEL: 0x3,
  KEY_TYPE: 0x100,
  ID: 0x102,
  SENSITIVE: 0x103,
  SIGN: 0x108,
  VERIFY: 0x10a,
  MODULUS: 0x120,
  MODULUS_BITS: 0x121,
  PUBLIC_EXPONENT: 0x122,
  EXTRACTABLE: 0x162,
  NEVER_EXTRACTABLE: 0x164,
} as const

export const CKO = { PUBLIC_KEY: 2, PRIVATE_KEY: 3 } as const
/** One more wrong PIN locks the token. */
export const CKF_USER_PIN_FINAL_TRY = 0x20000
export const CKF_USER_PIN_LOCKED = 0x40000

const CKF_OS_LOCKING_OK = 2
const CKF_RW_SERIAL_SESSION = 6
const CKU_USER = 1
const CKM_RSA_PKCS_KEY_PAIR_GEN = 0
const CKM_SHA256_RSA_PKCS = 0x40
/** Of the largest attribute and signature that we ask for, an RSA key's of 8192 bits. */
const MOST_BYTES = 1024
const MOST_SLOTS = 256

/** What the module answered to a call. */
export class ModuleAnswer extends Error {
  readonly answer: number

  constructor(call: string, answer: number) {
    const known = Object.entries(CKR).find(([, value]) => value === answer)
    super(`${call} answered ${known ? `CKR_${known[0]}` : `0x${answer.toString(16)}`}`)
    this.answer = answer
  }
}

export function flag(type: number, value: boolean): Attribute {
  return { type, value: Buffer.of(value ? 1 : 0) }
}

/** A number as the machine keeps an `unsigned long`. */
export function ulong(type: number, value: number): Attribute {
  const sized = Buffer.alloc(ULONG_BYTES)
  if (ULONG_BYTES === 8) sized.writeBigUInt64LE(BigInt(value))
  else sized.writeUInt32LE(value)
  return { type, value: sized }
}

const ULONG_BYTES = ['arm', 'ia32'].includes(process.arch) ? 4 : 8

/** @throws {TokenError} when the module cannot be loaded. */
export async function loadModule(path: string): Promise<Cryptoki> {
  const koffi = await loadKoffi()
  koffi.struct('CK_ATTRIBUTE', { type: 'unsigned long', pValue: 'void *', ulValueLen: 'unsigned long' })
  koffi.struct('CK_MECHANISM', {
    mechanism: 'unsigned long',
    pParameter: 'void *',
    ulParameterLen: 'unsigned long',
  })
  koffi.struct('CK_C_INITIALIZE_ARGS', {
    mutexFunctions: koffi.array('void *', 4),
    flags: 'unsigned long',
    pReserved: 'void *',
  })
  koffi.struct('CK_TOKEN_INFO', {
    label: koffi.array('uint8_t', 32),
    manufacturerID: koffi.array('uint8_t', 32),
    model: koffi.array('uint8_t', 16),
    serialNumber: koffi.array('uint8_t', 16),
    flags: 'unsigned long',
    limits: koffi.array('unsigned long', 10),
    versions: koffi.array('uint8_t', 4),
    utcTime: koffi.array('uint8_t', 16),
  })
  const functionList = koffi.struct('CK_FUNCTION_LIST', {
    version: koffi.array('uint8_t', 2),
    functions: koffi.array('void *', 68),
  })

  const list: [unknown] = [null]
  try {
    const getFunctionList = koffi
      .load(path)
      .func('unsigned long C_GetFunctionList(_Out_ CK_FUNCTION_LIST **list)')
    requireOk('C_GetFunctionList', getFunctionList(list))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const sentence = `The PKCS #11 module ${path} cannot be loaded: ${reason}`
    throw new TokenError({ code: 'misconfigured', sentence }, { cause })
  }
  const { functions } = koffi.decode(list[0], functionList) as { functions: unknown[] }

  /** @param position In the list, from 0. */
  function call(name: string, position: number, parameters: string): (...values: unknown[]) => Promise<void> {
    const prototype = koffi.proto(`unsigned long ${name}(${parameters})`)
    const run = promisify(koffi.decode(functions[position], prototype).async) as (
      ...values: unknown[]
    ) => Promise<number>
    return async (...values) => requireOk(name, await run(...values))
  }

  const attributes = '_Inout_ CK_ATTRIBUTE *attributes, unsigned long count'
  const initialize = call('C_Initialize', 0, 'CK_C_INITIALIZE_ARGS *arguments')
  const getSlotList = call(
    'C_GetSlotList',
    4,
    'uint8_t withToken, _Out_ unsigned long *slots, _Inout_ unsigned long *count',
  )
  const getTokenInfo = call('C_GetTokenInfo', 6, 'unsigned long slot, _Out_ CK_TOKEN_INFO *info')
  const openSession = call(
    'C_OpenSession',
    12,
    'unsigned long slot, unsigned long flags, void *application, void *notify, _Out_ unsigned long *session',
  )
  const login = call(
    'C_Login',
    18,
    'unsigned long session, unsigned long user, const uint8_t *pin, unsigned long length',
  )
  const destroyObject = call('C_DestroyObject', 22, 'unsigned long session, unsigned long object')
  const getAttributeValue = call(
    'C_GetAttributeValue',
    24,
    `unsigned long session, unsigned long object, ${attributes}`,
  )
  const findObjectsInit = call('C_FindObjectsInit', 26, `unsigned long session, ${attributes}`)
  const findObjects = call(
    'C_FindObjects',
    27,
    'unsigned long session, _Out_ unsigned long *objects, unsigned long most, _Out_ unsigned long *count',
  )
  const findObjectsFinal = call('C_FindObjectsFinal', 28, 'unsigned long session')
  const signInit = call('C_SignInit', 42, 'unsigned long session, CK_MECHANISM *mechanism, unsigned long key')
  const sign = call(
    'C_Sign',
    43,
    'unsigned long session, const uint8_t *input, unsigned long length, uint8_t *signature, _Inout_ unsigned long *room',
  )
  const generateKeyPair = call(
    'C_GenerateKeyPair',
    59,
    'unsigned long session, CK_MECHANISM *mechanism, CK_ATTRIBUTE *publicTemplate, unsigned long publicCount, ' +
      'CK_ATTRIBUTE *privateTemplate, unsigned long privateCount, ' +
      '_Out_ unsigned long *publicKey, _Out_ unsigned long *privateKey',
  )

  return {
    initialize: () => initialize({ flags: CKF_OS_LOCKING_OK }),
    async slots() {
      const slots = Array<Handle>(MOST_SLOTS).fill(0)
      const count = [MOST_SLOTS]
      await getSlotList(1, slots, count)
      return slots.slice(0, count[0])
    },
    async tokenInfo(slot) {
      const info: { label?: Uint8Array; flags?: Handle } = {}
      await getTokenInfo(slot, info)
      return {
        // Padded with spaces.
        label: Buffer.from(info.label ?? [])
          .toString('utf8')
          .trimEnd(),
        flags: Number(info.flags),
      }
    },
    async openSession(slot) {
      const session: Handle[] = [0]
      await openSession(slot, CKF_RW_SERIAL_SESSION, null, null, session)
      return only(session)
    },
    login: (session, pin) => login(session, CKU_USER, pin, pin.length),
    async generateKeyPair(session, publicTemplate, privateTemplate) {
      const keys: [Handle[], Handle[]] = [[0], [0]]
      await generateKeyPair(
        session,
        { mechanism: CKM_RSA_PKCS_KEY_PAIR_GEN },
        publicTemplate.map(inMemory),
        publicTemplate.length,
        privateTemplate.map(inMemory),
        privateTemplate.length,
        ...keys,
      )
      return [only(keys[0]), only(keys[1])]
    },
    async findObjects(session, template, most) {
      await findObjectsInit(session, template.map(inMemory), template.length)
      try {
        const found = Array<Handle>(most).fill(0)
        const count = [0]
        await findObjects(session, found, most, count)
        return found.slice(0, count[0])
      } finally {
        await findObjectsFinal(session)
      }
    },
    async attribute(session, object, type) {
      const value = Buffer.alloc(MOST_BYTES)
      const template = [inMemory({ type, value })]
      await getAttributeValue(session, object, template, 1)
      return value.subarray(0, Number(template[0]?.ulValueLen))
    },
    async sign(session, key, input) {
      await signInit(session, { mechanism: CKM_SHA256_RSA_PKCS }, key)
      const signature = Buffer.alloc(MOST_BYTES)
      const room = [MOST_BYTES]
      await sign(session, input, input.length, signature, room)
      return signature.subarray(0, room[0])
    },
    destroy: (session, object) => destroyObject(session, object),
  }
}

async function loadKoffi() {
  try {
    return (await import('koffi')).default
  } catch (cause) {
    const sentence =
      'The optional package koffi, which calls PKCS #11 modules, is not installed or not made for this machine: ' +
      'run `npm install --include=optional` in the folder of Daypass.'
    throw new TokenError({ code: 'misconfigured', sentence }, { cause })
  }
}

function inMemory({ type, value }: Attribute) {
  return { type, pValue: value, ulValueLen: value.length }
}

function only(handles: readonly Handle[]): Handle {
  const [handle] = handles
  if (handle === undefined) throw new Error('The module gave no handle.')
  return handle
}

function requireOk(call: string, answer: number): void {
  if (answer !== CKR.OK) throw new ModuleAnswer(call, answer)
}
