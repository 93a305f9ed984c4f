/** The key set: what a relying party can verify our tokens with, and how long it may keep it. */
import { fetchDocument } from './fetched.ts'
import type { CheckOptions, Finding } from './finding.ts'

export interface PublishedKey {
  readonly kid: string
}

/** RSA keys below this are refused by AWS. */
const LEAST_MODULUS_BITS = 2048
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

export async function checkKeys(
  url: string,
  options: CheckOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly keys: readonly PublishedKey[] | undefined }> {
  const { findings, document, cacheControl } = await fetchDocument('keys', url, options)
  if (!document) return { findings, keys: undefined }
  const keys = Array.isArray(document['keys']) ? (document['keys'] as unknown[]).filter(isObject) : []
  const kids = keys.map(({ kid }) => kid).filter((kid) => typeof kid === 'string')
  return {
    findings: [
      ...findings,
      keysFinding(keys, kids),
      cacheFinding(cacheControl, options.expected?.leadSeconds),
    ],
    keys: kids.map((kid) => ({ kid })),
  }
}

function keysFinding(keys: readonly Record<string, unknown>[], kids: readonly string[]): Finding {
  const wrong = (sentence: string): Finding => ({ check: 'keys', verdict: 'failed', sentence })
  if (keys.length === 0) return wrong('The key set holds no key.')
  if (kids.length < keys.length) return wrong('A key has no "kid": no relying party finds it.')
  if (new Set(kids).size < kids.length) return wrong('Two keys have the same "kid".')
  const leaking = keys.find((key) => PRIVATE_MEMBERS.some((member) => member in key))
  if (leaking)
    return wrong(
      `The key ${String(leaking['kid'])} is published WITH ITS PRIVATE PART. Revoke it now: daypass issuer revoke.`,
    )
  const unusable = keys.find((key) => key['kty'] !== 'RSA' || modulusBits(key['n']) < LEAST_MODULUS_BITS)
  if (unusable)
    return wrong(`The key ${String(unusable['kid'])} is no RSA key of ${LEAST_MODULUS_BITS} bits or more.`)
  return { check: 'keys', verdict: 'ok', sentence: `${keys.length} public keys: ${kids.join(', ')}.` }
}

function modulusBits(n: unknown): number {
  return typeof n === 'string' ? Buffer.from(n, 'base64url').length * 8 : 0
}

/** step-ca fetched again only after 12 hours without the header; Kubernetes refuses a new key as long as max-age runs. */
function cacheFinding(cacheControl: string | null, leadSeconds: number | undefined): Finding {
  const check = 'cache'
  const maxAge = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(cacheControl ?? '')?.[1]
  if (maxAge === undefined) {
    const sentence = 'The keys come without Cache-Control: max-age, so nobody knows how long they are kept.'
    return { check, verdict: 'warning', sentence }
  }
  if (leadSeconds !== undefined && Number(maxAge) > leadSeconds) {
    return {
      check,
      verdict: 'failed',
      sentence: `The keys may be kept for ${maxAge} seconds, but the next one signs ${leadSeconds} seconds after it is published: tokens would be refused meanwhile. Raise --key-lead-seconds, or lower max-age where the keys are served.`,
    }
  }
  return { check, verdict: 'ok', sentence: `The keys may be kept for ${maxAge} seconds.` }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
