/**
 * `fetch` for addresses that people have written who are not meant to reach this server's network.
 *
 * As everywhere here, a name is looked up once, all its addresses are judged, and the connection goes to one that was
 * judged. Redirects are answers: a token would be sent wherever they lead.
 */
import { isIP } from 'node:net'
import {
  hostOf,
  isAllowedPort,
  isElsewhere,
  isLocalByName,
  isPublicAddress,
  judgedLookup,
  portOf,
  type Surroundings,
} from './address.ts'

export interface OutboundServices extends Surroundings {
  /** Also private addresses, and there http. */
  readonly allowPrivate: boolean
  /** The flag by which an operator allows them. */
  readonly flag: string
  /** For all of a request and its answer. */
  readonly timeoutMs: number
  /** Gives everything up at once: the server stops. */
  readonly stopping?: AbortSignal
}

/** The URL leads where this server does not connect to. Its sentence names no address. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused'
}

export type Fetch = typeof globalThis.fetch

/** Why this server does not connect there, as far as the URL itself says. */
export function whyNotOutbound(
  url: URL,
  { allowPrivate, flag }: Pick<OutboundServices, 'allowPrivate' | 'flag'>,
) {
  if (!/^https?:$/.test(url.protocol) || (url.protocol === 'http:' && !allowPrivate))
    return 'It must be an https URL.'
  if (url.username !== '' || url.password !== '') return 'It must have no user and no password.'
  if (!isAllowedPort(portOf(url))) return 'Its port must be 80, 443 or one from 1024.'
  if (!allowPrivate && isLocalByName(url)) return privateSentence(flag)
  return undefined
}

function privateSentence(flag: string): string {
  return `It leads to an address that is not on the public internet. (An operator can allow it with ${flag}.)`
}

export function outboundFetch(services: OutboundServices): Fetch {
  const { allowPrivate, flag, timeoutMs } = services
  const judge = (addresses: readonly string[], protocol: string): void => {
    if (!allowPrivate && !addresses.every((address) => isElsewhere(address, services)))
      throw new OutboundRefused(privateSentence(flag))
    if (protocol === 'http:' && addresses.some(isPublicAddress))
      throw new OutboundRefused(
        'Over http it must lead to a private address; on the internet it must be an https URL.',
      )
  }
  const agentFor = once(async () => {
    const { Agent } = await import('undici')
    // One for each scheme: a connection is kept for an origin, and an origin has one scheme.
    const agent = (protocol: string) =>
      new Agent({
        keepAliveTimeout: 10_000,
        connect: { lookup: judgedLookup(services.lookup, (addresses) => judge(addresses, protocol)) },
      })
    return { 'https:': agent('https:'), 'http:': agent('http:') }
  })
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const refusal = whyNotOutbound(url, services)
    if (refusal !== undefined) throw new OutboundRefused(refusal)
    // A host that is an address is not looked up.
    if (isIP(hostOf(url)) !== 0) judge([hostOf(url)], url.protocol)
    const { fetch } = await import('undici')
    const late = AbortSignal.timeout(timeoutMs)
    const signals = [late, init?.signal, services.stopping].filter((one) => one !== undefined && one !== null)
    const signal = AbortSignal.any(signals)
    const dispatcher = (await agentFor())[url.protocol as 'https:' | 'http:']
    const answer = await fetch(url, { ...(init as object), signal, dispatcher, redirect: 'manual' })
    return answer as unknown as Response
  }
}

function once<Made>(make: () => Promise<Made>): () => Promise<Made> {
  let made: Promise<Made> | undefined
  return () => {
    made ??= make()
    return made
  }
}
