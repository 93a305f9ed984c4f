/**
 * The only door through which the server reads what an issuer publishes: one GET of one JSON document.
 *
 * Its URL was written by an organization's admin, who is not meant to reach this machine's network with it. So the name
 * is looked up once, every address that it has must be a public one, and the connection goes to the very address that
 * was checked: a name that answers differently the second time gains nothing. Redirects are not followed; time and size
 * are limited as a whole; TLS is checked always.
 */
import type { LookupAddress } from 'node:dns'
import http from 'node:http'
import https from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { type DetailedPeerCertificate, TLSSocket } from 'node:tls'
import ipaddr from 'ipaddr.js'

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

export interface FetchServices {
  /** Also private addresses, and there http. */
  readonly allowPrivate: boolean
  /** All addresses of a name. */
  readonly lookup: (hostname: string) => Promise<readonly LookupAddress[]>
  readonly timeoutMs?: number
  /** Beside the system's authorities: for tests. */
  readonly ca?: string
}

const TIMEOUT_MS = 5_000
export const MOST_DOCUMENT_BYTES = 256 * 1024
/** All of the public IPv6 internet, as of today: what is not in it is refused without knowing its name. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3')
/** Azure's own service for its machines: a public address that is answered from inside. */
const AZURE_WIRE_SERVER = '168.63.129.16'

/** False for whatever is no address. An IPv4 address written as an IPv6 one is judged as what it is. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || !ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unicast') return false
  if (parsed instanceof ipaddr.IPv6) return parsed.match(GLOBAL_IPV6)
  return parsed.toString() !== AZURE_WIRE_SERVER
}

export function documentFetcher(services: FetchServices): FetchDocument {
  return async (text, thumbprints) => {
    const url = URL.canParse(text) ? new URL(text) : undefined
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '')
      throw new FetchRefused('It is not an https URL.')
    if (url.protocol === 'http:' && !services.allowPrivate) throw new FetchRefused('It must be an https URL.')
    const host = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(host) !== 0) requireAllowed([{ address: host, family: isIP(host) }], url, services)
    return get(url, thumbprints, services)
  }
}

function requireAllowed(
  addresses: readonly LookupAddress[],
  url: URL,
  { allowPrivate }: FetchServices,
): void {
  const isPublic = addresses.map(({ address }) => isPublicAddress(address))
  if (isPublic.length === 0) throw new FetchRefused('Its name has no address.')
  if (!allowPrivate && !isPublic.every(Boolean)) {
    throw new FetchRefused(
      'It leads to an address that is not on the public internet. (The operator of the server can allow it with --allow-private-oidc-issuers.)',
    )
  }
  if (url.protocol === 'http:' && isPublic.some(Boolean))
    throw new FetchRefused(
      'Over http it must lead to a private address; on the internet it must be an https URL.',
    )
}

function get(url: URL, thumbprints: readonly string[], services: FetchServices): Promise<FetchedDocument> {
  // Called once for the connection, and what it answers is where that goes.
  const lookup: LookupFunction = (hostname, options, callback) => {
    services
      .lookup(hostname)
      .then((addresses) => {
        requireAllowed(addresses, url, services)
        if (options.all === true) callback(null, [...addresses])
        else callback(null, addresses[0]?.address ?? '', addresses[0]?.family)
      })
      .catch((error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), ''))
  }
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
        lookup,
        signal,
        // A connection of its own: one that is kept was checked for another name.
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

function refusalFor(error: Error, signal: AbortSignal): FetchRefused {
  if (error instanceof FetchRefused) return error
  if (signal.aborted) return new FetchRefused('It does not answer in time.')
  const code = 'code' in error ? String(error.code) : ''
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return new FetchRefused('Its name cannot be resolved.')
  if (/CERT|SIGNED|ALTNAME|SSL|TLS/.test(code))
    return new FetchRefused(`Its certificate is not good (${code}).`)
  return new FetchRefused('It cannot be reached.')
}
