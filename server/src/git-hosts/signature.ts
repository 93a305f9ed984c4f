/** Signatures of deliveries: HMAC-SHA256 over the bytes as they came, compared in constant time. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/** @param hexGiven 64 hexadecimal digits; everything else is no signature. */
export function isHmacSha256(raw: Buffer, secret: string, hexGiven: string | undefined): boolean {
  if (hexGiven === undefined || !/^[0-9a-f]{64}$/i.test(hexGiven) || secret === '') return false
  return timingSafeEqual(createHmac('sha256', secret).update(raw).digest(), Buffer.from(hexGiven, 'hex'))
}

/** Behind a prefix such as `sha256=`. */
export function isPrefixedHmacSha256(
  raw: Buffer,
  secret: string,
  given: string | undefined,
  prefix: string,
): boolean {
  return given?.startsWith(prefix) === true && isHmacSha256(raw, secret, given.slice(prefix.length))
}

/** For hosts that send the secret itself: compared in constant time, whatever the lengths. */
export function isSecret(given: string | undefined, secret: string): boolean {
  if (given === undefined || secret === '') return false
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(secret))
}
