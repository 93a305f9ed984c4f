/**
 * Where the server itself may connect to, when people who are not meant to reach its network have written the URL: the
 * public internet. Everything else (this machine, its network, the cloud's metadata service) believes whoever can connect
 * to it.
 *
 * Owns: which addresses and ports those are, and that a connection goes to the address that was judged. Does not own: what
 * is sent or fetched (webhooks, access/oidc), nor what is said to whoever wrote the URL.
 */
import type { LookupAddress } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** What tells a server where names lead. */
export interface Surroundings {
  /** All addresses of a name. */
  readonly lookup: (hostname: string) => Promise<readonly LookupAddress[]>
  /** Of this machine: an address of the internet may be one of its own. */
  readonly ownAddresses: () => readonly string[]
}

/** All of the public IPv6 internet, as of today: what is not in it is refused without knowing its name. */
const GLOBAL_IPV6 = ipaddr.IPv6.parseCIDR('2000::/3')
/** Azure's own service for its machines: a public address that is answered from inside. */
const AZURE_WIRE_SERVER = '168.63.129.16'

/** False for whatever is no address. An IPv4 address written as an IPv6 one is judged as what it is. */
export function isPublicAddress(address: string): boolean {
  // The library also knows the old forms, `1.2.3` and `010.0.0.1`: not everybody reads them alike.
  if (isIP(address) === 0 || !ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  if (parsed.range() !== 'unicast') return false
  if (parsed instanceof ipaddr.IPv6) return parsed.match(GLOBAL_IPV6)
  return parsed.toString() !== AZURE_WIRE_SERVER
}

/** Of the public internet, and not this machine. */
export function isElsewhere(address: string, { ownAddresses }: Pick<Surroundings, 'ownAddresses'>): boolean {
  return isPublicAddress(address) && !ownAddresses().includes(address)
}

/** Web ports, and those that need no privilege: no mail, no remote shell, no name service. */
export function isAllowedPort(port: number): boolean {
  return port === 80 || port === 443 || (port >= 1024 && port <= 65_535)
}

/** Whether the URL alone says that it does not lead to the public internet; names are looked up later. */
export function isLocalByName(url: URL): boolean {
  const host = hostOf(url)
  const isLocalName = /(?:^|\.)(?:localhost|local|internal)\.?$/i.test(host)
  return isLocalName || (isIP(host) !== 0 && !isPublicAddress(host))
}

/** Without the brackets of an IPv6 address. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1')
}

export function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port)
  return protocol === 'https:' ? 443 : 80
}

/**
 * Looks a name up once, has all its addresses judged, and gives the connection those very addresses: a name that answers
 * differently the second time gains nothing. Not asked for a host that is an address itself.
 *
 * @param judge Throws what the connection then fails with.
 */
export function judgedLookup(
  lookup: Surroundings['lookup'],
  judge: (addresses: readonly string[]) => void,
): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname)
      .then((addresses) => {
        const [first] = addresses
        if (!first) throw new Error('The name has no address.')
        judge(addresses.map(({ address }) => address))
        if (options.all === true) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      })
      .catch((error: Error) => callback(error, ''))
  }
}
