/**
 * The only door through which the server reads what an issuer publishes: one GET of one JSON document.
 *
 * Its URL was written by an organization's admin, who is not meant to reach this machine's network with it. So its host is
 * judged as one of the public internet, and the connection goes to the very address that was judged. Redirects are not
 * followed; time and size are limited as a whole; TLS is checked always.
 */
import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import { type DetailedPeerCertificate, TLSSocket } from 'node:tls'
import {
  hostOf,
  isAllowedPort,
  isElsewhere,
  isLocalByName,
  isPublicAddress,
  judgedLookup,
  portOf,
  type Surroundings,
} from '../../outbound/address.ts'

export interface FetchedDocument {
  readonly json: unknown
  /** SHA-256 of the server's own certificate, in hexadecimal; undefined over http. */
  readonly thumbprint: string | undefined
}

/** @param thumbprints One of them must be among the server's certificates; none: the system's authorities decide alone. */
export type FetchDocument = (url: string, thumbprints: readonly string[]) => Promise<FetchedDocument>

/** Its sentence says what whoever registered the issuer can do. */
export class FetchRefused extends Error {
  override readonly name = 'FetchRefused'
}

export interface FetchServices extends Surroundings {
  /** Also private addresses, and there http. */
  readonly allowPrivate: boolean
  readonly timeoutMs?: number
  /** Beside the system's authorities: for tests. */
  readonly ca?: string
}

const TIMEOUT_MS = 5_000
export const MOST_DOCUMENT_BYTES = 256 * 1024

const PRIVATE =
  'It leads to an address that is not on the public internet. (An operator can allow it with --allow-private-oidc-issuers.)'

export function documentFetcher(services: FetchServices): FetchDocument {
  const { allowPrivate } = services
  return async (text, thumbprints) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
      throw new FetchRefused('It is not an https URL.')
    if (url.protocol === 'http:' && !allowPrivate) throw new FetchRefused('It must be an https URL.')
    if (!isAllowedPort(portOf(url))) throw new FetchRefused('Its port must be 80, 443 or one from 1024.')
    if (!allowPrivate && isLocalByName(url)) throw new FetchRefused(PRIVATE)
    const host = hostOf(url)
    if (isIP(host) !== 0) judge([host], url, services)
    return get(url, thumbprints, services)
  }
}

function judge(addresses: readonly string[], url: URL, services: FetchServices): void {
  if (!services.allowPrivate && !addresses.every((address) => isElsewhere(address, services)))
    throw new FetchRefused(PRIVATE)
  if (url.protocol === 'http:' && addresses.some(isPublicAddress))
    throw new FetchRefused(
      'Over http it must lead to a private address; on the internet it must be an https URL.',
    )
}

function get(url: URL, thumbprints: readonly string[], services: FetchServices): Promise<FetchedDocument> {
  const signal = AbortSignal.timeout(services.timeoutMs ?? TIMEOUT_MS)
  const client = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      request.destroy()
      reject(refusalFor(error, signal))
    }
    const request = client.get(
      url,
      {
        lookup: judgedLookup(services.lookup, (addresses) => judge(addresses, url, services)),
        signal,
        // A connection of its own: one that is kept was judged for another name.
        agent: false,
        headers: { accept: 'application/json', 'user-agent': 'daypass' },
        ...(services.ca !== undefined && { ca: services.ca }),
      },
      (answer) => {
        answer.on('error', fail)
        const certificates = certificatesOf(answer.socket)
        if (thumbprints.length > 0 && !certificates.some((one) => thumbprints.includes(one)))
          return fail(
            new FetchRefused('Its server shows none of the certificates whose thumbprints are registered.'),
          )
        if (answer.statusCode !== 200)
          return fail(
            new FetchRefused(
              `It answers ${answer.statusCode}; 200 is needed, and redirects are not followed.`,
            ),
          )
        const pieces: Buffer[] = []
        let length = 0
        answer.on('data', (piece: Buffer) => {
          length += piece.length
          if (length > MOST_DOCUMENT_BYTES)
            fail(new FetchRefused(`It is longer than ${MOST_DOCUMENT_BYTES} bytes.`))
          else pieces.push(piece)
        })
        answer.on('end', () => {
          try {
            resolve({ json: JSON.parse(Buffer.concat(pieces).toString('utf8')), thumbprint: certificates[0] })
          } catch {
            fail(new FetchRefused('It is not JSON.'))
          }
        })
      },
    )
    request.on('error', fail)
    request.on('upgrade', (_answer, socket) => {
      socket.destroy()
      fail(new FetchRefused('It wants to speak another protocol.'))
    })
  })
}

/** The server's own first, then those that vouch for it. */
function certificatesOf(socket: unknown): string[] {
  if (!(socket instanceof TLSSocket)) return []
  const found: string[] = []
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (certificate?.fingerprint256 !== undefined) {
    const thumbprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase()
    if (found.includes(thumbprint)) break
    found.push(thumbprint)
    certificate = certificate.issuerCertificate
  }
  return found
}

/** Nothing of it says an address: it would tell what a name is inside our network. */
function refusalFor(error: Error, signal: AbortSignal): FetchRefused {
  if (error instanceof FetchRefused) return error
  if (signal.aborted) return new FetchRefused('It does not answer in time.')
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new FetchRefused('Its name cannot be resolved.')
  if (/CERT|SIGNED|ALTNAME|SSL|TLS/.test(code))
    return new FetchRefused(`Its certificate is not good (${code}).`)
  return new FetchRefused('It cannot be reached.')
}
