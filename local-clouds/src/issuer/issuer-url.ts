/**
 * Which addresses this cloud takes for an issuer or fetches keys from: https anywhere, http on loopback only.
 *
 * AWS takes neither http nor a port nor a loopback address; whoever starts a local cloud with one is told so.
 */
import { issuerProblems } from '@daypass/trust/aws/advise.ts'

/** Why this cloud does not take an issuer, as a sentence; undefined when it does. */
export function issuerRefusal(issuerUrl: string): string | undefined {
  if (!URL.canParse(issuerUrl) || !/^https?:\/\/[^\s"\\]+$/.test(issuerUrl)) {
    return `${JSON.stringify(issuerUrl)} is not the URL of an issuer.`
  }
  const url = new URL(issuerUrl)
  if (
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== '' ||
    issuerUrl.includes('?')
  ) {
    return `The issuer ${JSON.stringify(issuerUrl)} may have neither user name nor query.`
  }
  return mayBeFetched(issuerUrl)
    ? undefined
    : `The issuer ${JSON.stringify(issuerUrl)} has http; AWS takes https only, and this local cloud takes http on loopback only.`
}

/** Whether keys may be fetched from there. */
export function mayBeFetched(address: string): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, hostname, username, password } = new URL(address)
  if (username !== '' || password !== '') return false
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

/** What AWS itself would say against an issuer that this cloud takes. */
export function leniencyOf(issuerUrl: string): string | undefined {
  const problems = issuerProblems(issuerUrl)
  if (problems.length === 0) return undefined
  return `Only this local cloud trusts the issuer ${issuerUrl}; AWS itself would not. ${problems.join(' ')}`
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname)
}
