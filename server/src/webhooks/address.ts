/**
 * Which addresses a webhook may reach: those of the public internet. Everything else (this machine, its network, the
 * cloud's metadata service) believes whoever can connect to it, and a webhook's URL is written by people who are not
 * meant to.
 */
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

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

/** Web ports, and those that need no privilege: no mail, no remote shell, no name service. */
export function isAllowedPort(port: number): boolean {
  return port === 80 || port === 443 || (port >= 1024 && port <= 65_535)
}
