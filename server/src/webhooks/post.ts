/**
 * The only door through which a webhook leaves: one POST to one address that was checked.
 *
 * The name is looked up once, every address that it has must be allowed, and the connection goes to the very address
 * that was checked: a name that answers differently the second time gains nothing. A redirect is an answer like any
 * other. Time is limited as a whole, and of the answer only so much is read as is kept.
 */
import http from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import {
  hostOf,
  isAllowedPort,
  isElsewhere,
  isLocalByName,
  judgedLookup,
  portOf,
  type Surroundings,
} from '../outbound/address.ts'

export interface PostRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  /** Gives up at once. */
  readonly signal?: AbortSignal
}

export type PostOutcome =
  | {
      readonly kind: 'answered'
      readonly status: number
      /** As lines. */
      readonly headers: string
      readonly body: string
    }
  /** `final`: another attempt would end the same way. */
  | { readonly kind: 'failed'; readonly sentence: string; readonly final: boolean }
  /** By `signal`. */
  | { readonly kind: 'aborted' }

export type Post = (request: PostRequest) => Promise<PostOutcome>

export interface PostServices extends Surroundings {
  readonly allowPrivate: boolean
  readonly timeoutMs: number
}

const MOST_BODY_BYTES = 8 * 1024
const MOST_HEADER_BYTES = 8 * 1024

/** Refused before anything was sent. Its sentence names no address: it would tell what a name is inside our network. */
class AddressRefused extends Error {}

const PRIVATE =
  'The URL leads to an address that is not on the public internet, and this server sends no webhooks there. (An operator can allow it with --allow-private-webhooks.)'
const PORT = 'Webhooks are sent to the ports 80, 443 and those from 1024.'

/** Why this server sends nothing to the URL, as far as the URL itself says. */
export function whyNotPosted(url: URL, allowPrivate: boolean): string | undefined {
  if (!isAllowedPort(portOf(url))) return PORT
  return !allowPrivate && isLocalByName(url) ? PRIVATE : undefined
}

export function createPost(services: PostServices): Post {
  const { allowPrivate, timeoutMs } = services
  return async ({ url, headers, body, signal }) => {
    const parsed = URL.canParse(url) ? new URL(url) : undefined
    if (!parsed || !/^https?:$/.test(parsed.protocol)) return failed('The URL is no http or https URL.', true)
    const refusal = whyNotPosted(parsed, allowPrivate)
    if (refusal !== undefined) return failed(refusal, true)
    const host = hostOf(parsed)
    if (!allowPrivate && isIP(host) !== 0 && !isElsewhere(host, services)) return failed(PRIVATE, true)
    const late = AbortSignal.timeout(timeoutMs)
    const ended = signal ? AbortSignal.any([late, signal]) : late
    try {
      return await exchange(parsed, { headers, body, signal: ended, lookup: checkedLookup(services) })
    } catch (error) {
      if (signal?.aborted) return { kind: 'aborted' }
      if (late.aborted) return failed(`There was no answer within ${timeoutMs / 1000} seconds.`, false)
      if (error instanceof AddressRefused) return failed(error.message, true)
      return failed(sentenceFor(error), false)
    }
  }
}

function checkedLookup(services: PostServices): LookupFunction {
  return judgedLookup(services.lookup, (addresses) => {
    const isAllowed = (address: string): boolean => services.allowPrivate || isElsewhere(address, services)
    if (!addresses.every(isAllowed)) throw new AddressRefused(PRIVATE)
  })
}

interface Exchange {
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
  readonly signal: AbortSignal
  readonly lookup: LookupFunction
}

function exchange(url: URL, { headers, body, signal, lookup }: Exchange): Promise<PostOutcome> {
  return new Promise((resolve, reject) => {
    const { request } = url.protocol === 'https:' ? https : http
    const sent = request(url, {
      method: 'POST',
      headers: { ...headers, 'content-length': body.length },
      agent: false,
      maxHeaderSize: 2 * MOST_HEADER_BYTES,
      signal,
      lookup,
    })
    sent.once('error', reject)
    sent.once('upgrade', (_response, socket) => {
      socket.destroy()
      reject(new Error('The receiver wanted to speak another protocol.'))
    })
    sent.once('response', (response) => {
      const chunks: Buffer[] = []
      let length = 0
      const answer = (): void => {
        resolve({
          kind: 'answered',
          status: response.statusCode ?? 0,
          headers: headerLines(response.rawHeaders),
          body: keepable(Buffer.concat(chunks).subarray(0, MOST_BODY_BYTES).toString('utf8')),
        })
        // What is not kept is not read either: an answer may have no end.
        sent.destroy()
      }
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        length += chunk.length
        if (length >= MOST_BODY_BYTES) answer()
      })
      response.once('end', answer)
      response.once('error', reject)
      response.once('close', () => reject(new Error('The receiver cut its answer off.')))
    })
    sent.end(body)
  })
}

/** Cookies are between the receiver and nobody else. */
function headerLines(raw: readonly string[]): string {
  const lines: string[] = []
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? ''
    lines.push(`${name}: ${/^set-cookie$/i.test(name) ? '[blotted]' : raw[index + 1]}`)
  }
  return keepable(lines.join('\n').slice(0, MOST_HEADER_BYTES))
}

/** PostgreSQL keeps no NUL and no half of a surrogate pair. */
function keepable(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}

function failed(sentence: string, final: boolean): PostOutcome {
  return { kind: 'failed', sentence, final }
}

/** What went wrong, without the address that it went wrong with. */
function sentenceFor(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = SENTENCES[code]
  if (known !== undefined) return known
  if (/^(?:ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(code))
    return `The certificate of the receiver was not accepted (${code}).`
  return code === '' && error instanceof Error
    ? error.message
    : `The receiver could not be reached (${code}).`
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOTFOUND: "The receiver's name has no address.",
  EAI_AGAIN: "The receiver's name could not be looked up.",
  ECONNREFUSED: 'The receiver refused the connection.',
  ECONNRESET: 'The receiver cut the connection.',
}
