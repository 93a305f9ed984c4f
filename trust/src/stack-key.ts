/**
 * A stack's id in 26 characters: the 128 bits of its UUID in Crockford's base 32, in small letters.
 *
 * Each id has exactly one text and each text one id: no other letters, no hyphens, no check symbol.
 *
 * @see https://www.crockford.com/base32.html
 */

/** 26 of `0-9 a-z` without `i`, `l`, `o` and `u`; the first is at most `7`. */
export type StackKey = string & { readonly __kind: 'stack-key' }

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz'
const CHARACTERS = 26
const BITS = 5n
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const KEY = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/

/** @throws {TypeError} for what is no UUID in lower case. */
export function stackKeyOf(uuid: string): StackKey {
  if (!UUID.test(uuid)) throw new TypeError(`${JSON.stringify(uuid)} is no id of a stack.`)
  const bits = BigInt(`0x${uuid.replaceAll('-', '')}`)
  const letters = Array.from({ length: CHARACTERS }, (_, at) => {
    const shift = BITS * BigInt(CHARACTERS - 1 - at)
    return ALPHABET[Number((bits >> shift) & 31n)]
  })
  return letters.join('') as StackKey
}

export function isStackKey(text: string): text is StackKey {
  return KEY.test(text)
}

export function uuidOfStackKey(key: StackKey): string {
  const bits = [...key].reduce((sum, letter) => (sum << BITS) | BigInt(ALPHABET.indexOf(letter)), 0n)
  const hex = bits.toString(16).padStart(32, '0')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
