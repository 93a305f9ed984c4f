/**
 * AWS Signature Version 4: reads the signature of a request, in its header or in its query, and verifies it.
 *
 * Owns the canonical form and the comparison. Who holds which secret, and whether a session is still alive, is for
 * `caller-identity.ts` to say.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { StsRequest } from './request.ts'
import { type StsError, stsError } from './sts-error.ts'

export interface Signature {
  readonly accessKeyId: string
  readonly sessionToken: string | undefined
  /** `20261124T090000Z` */
  readonly date: string
  /** `20261124/us-east-1/sts/aws4_request` */
  readonly scope: string
  /** Lower case, sorted, joined by `;`. */
  readonly signedHeaders: string
  /** 64 hexadecimal digits. */
  readonly signature: string
  /** How long a presigned query lasts; undefined for a signed header. */
  readonly expiresSeconds: number | undefined
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
const HEADER = /^AWS4-HMAC-SHA256\s+(.+)$/
const DATE = /^[0-9]{8}T[0-9]{6}Z$/
const CREDENTIAL = /^([A-Z0-9]{16,128})\/([0-9]{8}\/[a-z0-9-]+\/[a-z0-9-]+\/aws4_request)$/
/** What a signature must cover where it is present: a header left out could be changed on the way. */
const MUST_BE_SIGNED = ['host', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256']

/** What the request says about its signature; undefined when it has none. */
export function readSignature(request: StsRequest): Signature | StsError | undefined {
  const query = new URLSearchParams(request.rawQuery)
  const authorization = headerOf(request, 'authorization')
  if (query.has('X-Amz-Signature') || query.has('X-Amz-Algorithm')) {
    if (authorization !== undefined)
      return incomplete('A request is signed in its header or in its query, not in both.')
    return readQuery(query)
  }
  return authorization === undefined ? undefined : readHeader(request, authorization)
}

function readHeader(request: StsRequest, authorization: string): Signature | StsError {
  const [, rest] = HEADER.exec(authorization) ?? []
  if (rest === undefined) return incomplete(`Unsupported AWS 'algorithm': only ${ALGORITHM} is taken.`)
  const fields = new Map<string, string>()
  for (const field of rest.split(',')) {
    const [, name, value] = /^\s*([A-Za-z]+)=(.*?)\s*$/.exec(field) ?? []
    if (name === undefined || value === undefined || fields.has(name)) {
      return incomplete("The Authorization header is not a list of 'key=value' pairs.")
    }
    fields.set(name, value)
  }
  return assemble(request.headers, {
    credential: fields.get('Credential'),
    signedHeaders: fields.get('SignedHeaders'),
    signature: fields.get('Signature'),
    date: headerOf(request, 'x-amz-date'),
    sessionToken: headerOf(request, 'x-amz-security-token'),
    expiresSeconds: undefined,
  })
}

function readQuery(query: URLSearchParams): Signature | StsError {
  if (query.get('X-Amz-Algorithm') !== ALGORITHM) return incomplete(`X-Amz-Algorithm must be ${ALGORITHM}.`)
  const expires = query.get('X-Amz-Expires') ?? ''
  if (!/^[0-9]{1,6}$/.test(expires) || Number(expires) < 1 || Number(expires) > 604_800) {
    return incomplete('X-Amz-Expires must be 1 to 604800 seconds.')
  }
  return assemble(new Map(), {
    credential: query.get('X-Amz-Credential') ?? undefined,
    signedHeaders: query.get('X-Amz-SignedHeaders') ?? undefined,
    signature: query.get('X-Amz-Signature') ?? undefined,
    date: query.get('X-Amz-Date') ?? undefined,
    sessionToken: query.get('X-Amz-Security-Token') ?? undefined,
    expiresSeconds: Number(expires),
  })
}

function assemble(
  present: ReadonlyMap<string, unknown>,
  parts: Readonly<
    Record<'credential' | 'signedHeaders' | 'signature' | 'date' | 'sessionToken', string | undefined>
  > & {
    readonly expiresSeconds: number | undefined
  },
): Signature | StsError {
  const { credential, signedHeaders, signature, date, sessionToken, expiresSeconds } = parts
  const absent = Object.entries({
    Credential: credential,
    SignedHeaders: signedHeaders,
    Signature: signature,
  })
    .filter(([, value]) => value === undefined)
    .map(([name]) => `Authorization header requires '${name}' parameter.`)
  if (absent.length > 0) return incomplete(absent.join(' '))
  if (date === undefined || !DATE.test(date)) {
    return incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
  }
  const [, accessKeyId, scope] = CREDENTIAL.exec(credential ?? '') ?? []
  if (accessKeyId === undefined || scope === undefined) {
    return incomplete(
      'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.',
    )
  }
  const names = (signedHeaders ?? '').split(';')
  const sorted = names.every(
    (name, index) => /^[a-z0-9-]+$/.test(name) && (index === 0 || (names[index - 1] ?? '') < name),
  )
  if (!sorted || !/^[0-9a-f]{64}$/.test(signature ?? ''))
    return incomplete('SignedHeaders or Signature is malformed.')
  const unsigned = MUST_BE_SIGNED.find(
    (name) => (name === 'host' || present.has(name)) && !names.includes(name),
  )
  if (unsigned !== undefined)
    return incomplete(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`)
  return {
    accessKeyId,
    scope,
    date,
    sessionToken,
    expiresSeconds,
    signedHeaders: names.join(';'),
    signature: signature ?? '',
  }
}

/** Whether whoever signed the request has the secret. Compared in constant time. */
export function isGenuine(request: StsRequest, signature: Signature, secretAccessKey: string): boolean {
  const canonical = canonicalRequest(request, signature)
  if (canonical === undefined) return false
  const text = [ALGORITHM, signature.date, signature.scope, sha256(canonical)].join('\n')
  const key = signature.scope
    .split('/')
    .reduce<Buffer>((parent, part) => hmac(parent, part), Buffer.from(`AWS4${secretAccessKey}`, 'utf8'))
  return timingSafeEqual(hmac(key, text), Buffer.from(signature.signature, 'hex'))
}

/** Undefined when the request says of its own body what is not so. */
function canonicalRequest(request: StsRequest, signature: Signature): string | undefined {
  const payload = sha256(request.body)
  const claimed = headerOf(request, 'x-amz-content-sha256')
  if (claimed !== undefined && claimed !== payload) return undefined
  const names = signature.signedHeaders.split(';')
  const headers = names.map((name) => `${name}:${canonicalHeader(request.headers.get(name) ?? [])}\n`)
  return [
    request.method,
    canonicalPath(request.rawPath),
    canonicalQuery(request.rawQuery),
    headers.join(''),
    signature.signedHeaders,
    payload,
  ].join('\n')
}

function canonicalPath(rawPath: string): string {
  return rawPath
    .split('/')
    .map((segment) => encode(segment))
    .join('/')
}

function canonicalQuery(rawQuery: string): string {
  return [...new URLSearchParams(rawQuery)]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([name, value], [otherName, otherValue]) =>
      name === otherName ? order(value, otherValue) : order(name, otherName),
    )
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

function canonicalHeader(values: readonly string[]): string {
  return values.map((value) => value.trim().replaceAll(/ +/g, ' ')).join(',')
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

function order(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text, 'utf8').digest()
}

function headerOf(request: StsRequest, name: string): string | undefined {
  const values = request.headers.get(name)
  return values?.length === 1 ? values[0] : undefined
}

function incomplete(message: string): StsError {
  return stsError('IncompleteSignature', message)
}
