/**
 * The way out: a proxy, and certificate authorities of one's own, for the runner itself and for what runs in jobs.
 *
 * Owns: which variables say so to which program. Does not own: where the runner's environment is read (`main.ts`).
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { join } from 'node:path'
import tls from 'node:tls'

export type Variables = Readonly<Record<string, string>>

/** What is on this machine is never a proxy's to see: tokens travel there over plain http. */
const ON_THIS_MACHINE = ['localhost', '127.0.0.1', '::1', '[::1]']

/**
 * Both spellings, for programs differ in which one they read; the lower case one wins, as curl has it.
 * @param direct Further hosts that are reached without the proxy.
 */
export function proxyVariables(
  environment: Readonly<Record<string, string | undefined>>,
  direct: readonly string[] = [],
): Variables {
  const given = (name: string): string => environment[name.toLowerCase()] ?? environment[name] ?? ''
  const proxies = (['HTTPS_PROXY', 'HTTP_PROXY'] as const)
    .map((name) => [name, given(name)] as const)
    .filter(([, value]) => value !== '')
  if (proxies.length === 0) return {}
  const not = [given('NO_PROXY'), ...ON_THIS_MACHINE, ...direct].filter(Boolean)
  return Object.fromEntries(
    [...proxies, ['NO_PROXY', [...new Set(not)].join(',')] as const].flatMap(([name, value]) => [
      [name, value],
      [name.toLowerCase(), value],
    ]),
  )
}

/** What in them must not be seen in a log. */
export function proxySecrets(variables: Variables): readonly string[] {
  return Object.values(variables).flatMap((value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined
    return url?.password ? [url.password, decoded(url.password)] : []
  })
}

export function usesProxy(variables: Variables): boolean {
  return Object.keys(variables).length > 0
}

/** For this process's own requests. */
export function useProxy(variables: Variables): void {
  if (usesProxy(variables)) http.setGlobalProxyFromEnv({ ...variables })
}

const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/** Where a job sees both; below a folder that its sandbox has read-only. */
export const CA_INSIDE = {
  own: '/opt/daypass/ca/own.pem',
  bundle: '/opt/daypass/ca/bundle.pem',
} as const

export interface Authorities {
  /** On this machine. */
  readonly own: string
  readonly bundle: string
}

export type AuthoritiesResult =
  | { readonly ok: true; readonly authorities: Authorities }
  | { readonly ok: false; readonly sentence: string }

/** Reads the file once, trusts it in this process, and lays copies for jobs into the folder. */
export function trustAuthorities(file: string, folder: string): AuthoritiesResult {
  let own: string
  try {
    own = readFileSync(file, 'utf8')
    if (!own.includes('-----BEGIN CERTIFICATE-----')) throw new Error('it holds no certificate in PEM format')
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), own])
  } catch (error) {
    return { ok: false, sentence: `The CA file ${file} cannot be used: ${(error as Error).message}.` }
  }
  const authorities = { own: join(folder, 'ca-own.pem'), bundle: join(folder, 'ca-bundle.pem') }
  writeFileSync(authorities.own, own)
  writeFileSync(authorities.bundle, `${systemBundle()}\n${own}`)
  // Jobs read them, whatever the runner's umask is.
  for (const path of Object.values(authorities)) chmodSync(path, 0o444)
  return { ok: true, authorities }
}

/** What the machine trusts; what Node.js brings along where there is no such file. */
function systemBundle(): string {
  for (const path of SYSTEM_BUNDLES) {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      // Another distribution's place.
    }
  }
  return tls.getCACertificates('bundled').join('\n')
}

export function authorityFiles({ own, bundle }: Authorities): readonly { from: string; to: string }[] {
  return [
    { from: own, to: CA_INSIDE.own },
    { from: bundle, to: CA_INSIDE.bundle },
  ]
}

/** Node.js adds to its list; the others are given one that holds everything. */
export function authorityVariables({ own, bundle }: Authorities): Variables {
  return {
    NODE_EXTRA_CA_CERTS: own,
    SSL_CERT_FILE: bundle,
    GIT_SSL_CAINFO: bundle,
    CURL_CA_BUNDLE: bundle,
    REQUESTS_CA_BUNDLE: bundle,
    PIP_CERT: bundle,
    AWS_CA_BUNDLE: bundle,
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
