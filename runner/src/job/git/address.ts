/**
 * The address of a repository: which ones may be fetched, and what is secret in one.
 *
 * https and ssh only, to public addresses only, unless the runner's owner allows more (`--allow-insecure-git`). The
 * host is looked up here and again by git, so a name that answers differently the second time passes this check; a
 * network of the job's own, of a later version, closes that. Here it keeps honest mistakes and plain attempts out.
 */
import { BlockList, isIP } from 'node:net'
import type { GitAuth } from '@daypass/contract/job-protocol.ts'
import { type Failure, failure } from '../failure.ts'

export interface RepositoryAddress {
  readonly kind: 'https' | 'http' | 'ssh' | 'local'
  /** Without user name and password where they would be secrets. */
  readonly url: string
  /** Undefined for a local path. */
  readonly host: string | undefined
  /** From the address itself; the settings' own credentials go before them. */
  readonly auth: Extract<GitAuth, { kind: 'basic' }> | undefined
}

export type AddressResult =
  | { readonly ok: true; readonly address: RepositoryAddress }
  | { readonly ok: false; readonly failure: Failure }

/** `user@host:path`, as git and scp write it. */
const SCP_LIKE = /^([A-Za-z0-9._-]+)@([A-Za-z0-9.-]+):(?!\/\/)([^\s:][^\s]*)$/

export function parseRepositoryAddress(text: string, allowInsecure: boolean): AddressResult {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not pass
  if (/[\u0000-\u0020\u007f]/.test(text) || text.startsWith('-') || /^[\w+.-]*::/.test(text)) {
    return refuse(
      `The repository address ${JSON.stringify(text.slice(0, 200))} is not one that git may be given; use https://… or ssh://….`,
    )
  }
  const scp = SCP_LIKE.exec(text)
  if (scp) return accept({ kind: 'ssh', url: text, host: scp[2], auth: undefined })
  if (text.startsWith('/')) return local(text, allowInsecure)
  const url = URL.canParse(text) ? new URL(text) : undefined
  switch (url?.protocol) {
    case 'https:':
      return web('https', url)
    case 'http:':
      return allowInsecure
        ? web('http', url)
        : refuse(
            'The repository address uses http, which sends code and credentials in the clear; use https. (A runner with --allow-insecure-git takes it.)',
          )
    case 'ssh:':
      // git decodes `%` where ssh does not, and the host that is checked must be the host that is asked.
      if (/^ssh:\/\/[^/]*%/i.test(text)) return refuse('The host or user of an ssh address may have no "%".')
      return url.hostname && !url.hostname.startsWith('-') && !url.username.startsWith('-')
        ? accept({ kind: 'ssh', url: text, host: bare(url.hostname), auth: undefined })
        : refuse('The repository address names no host.')
    case 'file:':
      return local(decoded(url.pathname), allowInsecure)
    default:
      return refuse(
        'The repository address must begin with https:// or ssh://, or be of the form git@host:path.',
      )
  }
}

/**
 * Refuses a host with an address that is not on the public internet.
 * @param usesProxy Then the proxy finds the address, and this machine may know none.
 */
export async function checkHost(
  address: RepositoryAddress,
  allowInsecure: boolean,
  resolveHost: (host: string) => Promise<readonly string[]>,
  usesProxy = false,
): Promise<Failure | undefined> {
  if (!address.host || allowInsecure) return undefined
  let found: readonly string[]
  try {
    found = isIP(address.host) ? [address.host] : await resolveHost(address.host)
  } catch {
    if (usesProxy) return undefined
    return failure(
      'source_repository_not_found',
      `The host ${address.host} of the repository has no address; check its name.`,
    )
  }
  const hidden = found.find(isPrivateAddress)
  if (!hidden) return undefined
  return failure(
    'source_address_refused',
    `The host ${address.host} of the repository has the private address ${hidden}, which this runner does not fetch from. (A runner with --allow-insecure-git does.)`,
  )
}

/** Not public: this machine, private networks, link-local (cloud metadata), carrier NAT, documentation, multicast. */
const PRIVATE = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  PRIVATE.addSubnet(network, prefix, 'ipv4')
}
const PUBLIC_V6 = new BlockList()
PUBLIC_V6.addSubnet('2000::', 3, 'ipv6')
/** Inside 2000::/3 but carrying an IPv4 address of anybody's choice, or documentation: 6to4, Teredo, 2001:db8. */
const TRANSLATED_V6 = new BlockList()
TRANSLATED_V6.addSubnet('2002::', 16, 'ipv6')
TRANSLATED_V6.addSubnet('2001::', 32, 'ipv6')
TRANSLATED_V6.addSubnet('2001:db8::', 32, 'ipv6')

export function isPrivateAddress(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  const plain = mapped ?? address
  if (isIP(plain) === 4) return PRIVATE.check(plain, 'ipv4')
  if (isIP(plain) !== 6) return true
  return !PUBLIC_V6.check(plain, 'ipv6') || TRANSLATED_V6.check(plain, 'ipv6')
}

function web(kind: 'https' | 'http', url: URL): AddressResult {
  const { username, password } = url
  const clean = new URL(url)
  clean.username = ''
  clean.password = ''
  const auth =
    username || password
      ? ({ kind: 'basic', username: decoded(username), password: decoded(password) } as const)
      : undefined
  return accept({ kind, url: clean.href, host: bare(url.hostname), auth })
}

function local(path: string, allowInsecure: boolean): AddressResult {
  return allowInsecure
    ? accept({ kind: 'local', url: path, host: undefined, auth: undefined })
    : refuse(
        "The repository address is a path on the runner's machine; use https:// or ssh://. (A runner with --allow-insecure-git takes it.)",
      )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** An IPv6 address without its brackets. */
function bare(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

function accept(address: {
  kind: RepositoryAddress['kind']
  url: string
  host: string | undefined
  auth: RepositoryAddress['auth']
}): AddressResult {
  return { ok: true, address }
}

function refuse(sentence: string): AddressResult {
  return { ok: false, failure: failure('source_address_refused', sentence) }
}
