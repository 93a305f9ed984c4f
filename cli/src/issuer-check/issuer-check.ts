/**
 * What relying parties see of an issuer, looked at from where this command runs.
 *
 * Owns: what is asked of an issuer by the clouds and by strict relying parties, and a sentence for each. Does not own:
 * how the keys are rotated (the server). It asks as they do: without a token, without following redirects.
 *
 * @see OpenID Connect Discovery 1.0, section 4, and RFC 7517. What real relying parties insist on beyond them stands
 *   beside each check.
 */
import { checkDiscovery } from './discovery.ts'
import type { CheckOptions, ExpectedKeys, Finding } from './finding.ts'
import { checkKeys, type PublishedKey } from './keys.ts'

export async function checkIssuer(options: CheckOptions): Promise<Finding[]> {
  const findings = [...checkAddress(options.issuerUrl)]
  const discovery = await checkDiscovery(options)
  findings.push(...discovery.findings)
  if (discovery.jwksUri === undefined) return findings
  const { findings: ofKeys, keys } = await checkKeys(discovery.jwksUri, options)
  findings.push(...ofKeys)
  if (keys && options.expected) findings.push(compare(keys, options.expected))
  return findings
}

/** AWS, Entra, Google and Kubernetes take https alone, and fetch from where they are. */
function checkAddress(issuerUrl: string): Finding[] {
  const { protocol, hostname } = new URL(issuerUrl)
  const https: Finding =
    protocol === 'https:'
      ? { check: 'https', verdict: 'ok', sentence: 'The issuer is an https address.' }
      : {
          check: 'https',
          verdict: 'failed',
          sentence: 'The issuer is no https address: AWS, Entra, Google Cloud and Kubernetes take no other.',
        }
  if (!isLocalName(hostname)) return [https]
  return [
    https,
    {
      check: 'reachable',
      verdict: 'failed',
      sentence: `${hostname} is an address of this machine or of a private network: no cloud can fetch the keys there. Publish them under another --issuer-url.`,
    },
  ]
}

/** Names are not looked up: what they mean here says nothing of what they mean there. */
function isLocalName(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    /\.(?:local|internal|localhost)$/.test(hostname) ||
    /^(?:127|10|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01]))\./.test(hostname) ||
    /^\[(?:::1|f[cd][0-9a-f]{2}:|fe80:)/.test(hostname)
  )
}

function compare(keys: readonly PublishedKey[], { kids, mayBe = [] }: ExpectedKeys): Finding {
  const published = new Set(keys.map(({ kid }) => kid))
  const missing = kids.filter((kid) => !published.has(kid))
  const check = 'same-keys'
  if (missing.length > 0) {
    return {
      check,
      verdict: 'failed',
      sentence: `The server has keys that are not published here: ${missing.join(', ')}. Tokens that they sign are refused; publish what the server answers, or wait until a cache lets go of the old.`,
    }
  }
  const foreign = [...published].filter((kid) => !kids.includes(kid) && !mayBe.includes(kid))
  if (foreign.length > 0) {
    return {
      check,
      verdict: 'warning',
      sentence: `Keys are published here that the server does not have, or has retired: ${foreign.join(', ')}. Whoever has one of them is believed.`,
    }
  }
  return { check, verdict: 'ok', sentence: 'The keys are those of the server, and no others.' }
}
