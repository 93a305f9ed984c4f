/**
 * The forms in which clients send a value that may be secret. Answers have two: a bare string, or
 * `{"secret":"","ciphertext":"…"}`.
 */
import { type Blank, badField, type Json, plainText, type ReadField } from './fields.ts'
import type { DraftValue } from './settings.ts'

const LONGEST_VALUE = 256 * 1024
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/
const KEYS = new Set(['plaintext', 'secret', 'ciphertext', 'isSecret', 'value'])

/** What a client sent, once its form is understood. `undefined`: nothing was set. */
export function readSecretValue(value: unknown, path: string): DraftValue | undefined {
  if (typeof value === 'string') return plainText(value, path, LONGEST_VALUE)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badField(path, 'must be a string, {"secret": "…"} or {"ciphertext": "…"}.')
  }
  const unknownKey = Object.keys(value).find((key) => !KEYS.has(key))
  if (unknownKey !== undefined) {
    throw badField(
      path,
      `has the unknown field ${JSON.stringify(unknownKey.slice(0, 100))}; send {"secret": "…"}.`,
    )
  }
  const given: Readonly<Record<string, unknown>> = { ...value }
  if ('isSecret' in given) return readExplicit(given, path)
  if ('value' in given) throw badField(path, 'must have "isSecret" beside "value".')
  return readByPrecedence(given, path)
}

/** `{"isSecret": true, "value": "…"}`, the newest form. */
function readExplicit(given: Readonly<Record<string, unknown>>, path: string): DraftValue {
  if (typeof given['isSecret'] !== 'boolean') throw badField(`${path}.isSecret`, 'must be true or false.')
  const value = plainText(given['value'], `${path}.value`, LONGEST_VALUE)
  return given['isSecret'] ? { secret: value } : value
}

/** Generated clients send all three keys: a ciphertext is kept, else a secret is sealed, else it is plain. */
function readByPrecedence(given: Readonly<Record<string, unknown>>, path: string): DraftValue | undefined {
  const ciphertext = given['ciphertext'] ?? ''
  if (ciphertext !== '') {
    const sealed = plainText(ciphertext, `${path}.ciphertext`, 2 * LONGEST_VALUE)
    if (!BASE64.test(sealed)) throw badField(`${path}.ciphertext`, 'must be base64.')
    return { ciphertext: sealed }
  }
  const secret = given['secret'] ?? undefined
  const plain = given['plaintext'] ?? undefined
  if (secret !== undefined && (secret !== '' || plain === undefined)) {
    // `{"secret":"","ciphertext":null,"plaintext":null}` is a model that nobody filled; `{"secret":""}` is an empty secret.
    if (secret === '' && ('plaintext' in given || 'ciphertext' in given)) return undefined
    return { secret: plainText(secret, `${path}.secret`, LONGEST_VALUE) }
  }
  return plain === undefined ? undefined : plainText(plain, `${path}.plaintext`, LONGEST_VALUE)
}

/** A value that its owner may show or hide. */
export const secretValue: ReadField = (value, path, blank) => asJson(readSecretValue(value, path), blank)

/** A value that is a secret in whatever form it comes; an empty bare string is blank. */
export const alwaysSecret: ReadField = (value, path, blank) => {
  const read = value === '' ? undefined : readSecretValue(value, path)
  return asJson(typeof read === 'string' ? { secret: read } : read, blank)
}

/** A value that may be plain, of which an empty one is blank. */
export const optionalSecretValue: ReadField = (value, path, blank) =>
  value === '' ? blank : secretValue(value, path, blank)

function asJson(value: DraftValue | undefined, blank: Blank): Json | undefined {
  if (value === undefined) return blank
  if (typeof value === 'string') return value
  return 'secret' in value ? { secret: value.secret } : { ciphertext: value.ciphertext }
}
