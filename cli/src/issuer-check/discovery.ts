/** The discovery document: the issuer repeated byte by byte, and where the keys are. */
import { fetchDocument } from './fetched.ts'
import type { CheckOptions, Finding } from './finding.ts'

export async function checkDiscovery(
  options: CheckOptions,
): Promise<{ readonly findings: readonly Finding[]; readonly jwksUri: string | undefined }> {
  const { issuerUrl } = options
  const url = `${issuerUrl}/.well-known/openid-configuration`
  const { findings, document } = await fetchDocument('discovery', url, options)
  if (!document) return { findings, jwksUri: undefined }
  const { issuer, jwks_uri: jwksUri } = document
  const found = [...findings, issuerFinding(issuerUrl, issuer)]
  if (typeof jwksUri !== 'string' || !URL.canParse(jwksUri)) {
    const sentence = 'The discovery document has no "jwks_uri", so nobody finds the keys.'
    return { findings: [...found, { check: 'jwks-uri', verdict: 'failed', sentence }], jwksUri: undefined }
  }
  const isHttps = new URL(jwksUri).protocol === 'https:' || new URL(issuerUrl).protocol === 'http:'
  const sentence = isHttps
    ? `The keys are at ${jwksUri}.`
    : `The keys are at ${jwksUri}, which is no https address.`
  return {
    findings: [...found, { check: 'jwks-uri', verdict: isHttps ? 'ok' : 'failed', sentence }],
    jwksUri,
  }
}

function issuerFinding(issuerUrl: string, issuer: unknown): Finding {
  const check = 'issuer'
  if (issuer === issuerUrl)
    return { check, verdict: 'ok', sentence: `The issuer is ${issuerUrl}, letter by letter.` }
  const isSlash = typeof issuer === 'string' && issuer.replace(/\/$/, '') === issuerUrl.replace(/\/$/, '')
  return {
    check,
    verdict: 'failed',
    sentence: `The discovery document names the issuer ${JSON.stringify(issuer)}, not ${JSON.stringify(issuerUrl)}${isSlash ? ': the slash at the end counts' : ''}. They are compared letter by letter; the server's --issuer-url decides.`,
  }
}
