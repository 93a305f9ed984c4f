/**
 * Decides whether one of an application's federated credentials lets a token in, and names what stood in the way.
 *
 * Entra compares issuer, subject and audience letter by letter, case too, and knows no wildcard. Does not check
 * signatures or times (whoever received the token does), and writes no sentences for people (`explain.ts` does).
 * @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
 */
import type { FederatedCredential } from './federated-credential.ts'

export interface AzureTokenClaims {
  readonly iss: string
  readonly sub: string
  /** Entra takes one audience. */
  readonly aud: string
}

export type AzureClause = 'issuer' | 'subject' | 'audience'

export interface AzureTrustRefusal {
  readonly credential: string
  readonly clause: AzureClause
  readonly expected: readonly string[]
  readonly actual: string
}

export type AzureTrustDecision =
  | { readonly allowed: true; readonly credential: string }
  | {
      readonly allowed: false
      /** The first of issuer, subject and audience that no credential has; in this order Entra looks. */
      readonly clause: AzureClause
      /** Of every credential, every clause that does not fit; empty when there are no credentials. */
      readonly refusals: readonly AzureTrustRefusal[]
    }

export function evaluateAzureTrust(input: {
  readonly credentials: readonly FederatedCredential[]
  readonly claims: AzureTokenClaims
}): AzureTrustDecision {
  const { credentials, claims } = input
  const misses = credentials.map((credential) => missesOf(credential, claims))
  const fitting = misses.findIndex((refusals) => refusals.length === 0)
  const credential = credentials[fitting]
  if (credential) return { allowed: true, credential: credential.name }
  const fitIssuer = misses.filter((refusals) => !refusals.some(({ clause }) => clause === 'issuer'))
  const fitSubject = fitIssuer.filter((refusals) => !refusals.some(({ clause }) => clause === 'subject'))
  const clause = fitIssuer.length === 0 ? 'issuer' : fitSubject.length === 0 ? 'subject' : 'audience'
  return { allowed: false, clause, refusals: misses.flat() }
}

function missesOf(
  { name, issuer, subject, audiences }: FederatedCredential,
  claims: AzureTokenClaims,
): readonly AzureTrustRefusal[] {
  const compared = [
    { clause: 'issuer', expected: [issuer], actual: claims.iss },
    { clause: 'subject', expected: [subject], actual: claims.sub },
    { clause: 'audience', expected: audiences, actual: claims.aud },
  ] as const
  return compared.flatMap((one) => (one.expected.includes(one.actual) ? [] : [{ credential: name, ...one }]))
}
