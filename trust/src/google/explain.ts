/** Turns a refusal of a known provider or service account into sentences that a person can act on. */
import { OWN_CLAIM } from '../deployment-claims.ts'
import { issuerDifference, sayIssuerDifference } from '../issuer-difference.ts'
import { quoted, quotedList } from '../quote.ts'
import type { GoogleTokenClaims, GoogleTrustDecision, GoogleTrustRefusal } from './evaluate.ts'
import { explainBinding } from './explain-binding.ts'
import type { GoogleExplanation } from './explanation.ts'
import { type GoogleTrust, poolResource, providerAudience } from './workload-provider.ts'

/** Undefined for a token that is let in. */
export function explainGoogleTrust(
  decision: GoogleTrustDecision,
  trust: GoogleTrust,
  claims: GoogleTokenClaims,
): GoogleExplanation | undefined {
  return decision.allowed ? undefined : explainGoogleRefusal(decision.refusal, trust, claims)
}

export function explainGoogleRefusal(
  refusal: GoogleTrustRefusal,
  trust: GoogleTrust,
  claims: GoogleTokenClaims,
): GoogleExplanation {
  const { provider } = trust
  switch (refusal.clause) {
    case 'provider':
      return {
        code: 'provider_disabled',
        clause: 'provider',
        sentence: `The provider ${provider.providerId} of the pool ${provider.poolId} is disabled.`,
        mend: `Run: ${update(trust)} --no-disabled`,
      }
    case 'issuer':
      return explainIssuer(refusal, trust)
    case 'audience':
      return explainAudience(refusal, trust)
    case 'mapping':
      return (
        explainClaimOfRun(refusal.actual[0] ?? '', 'mapping', claims) ?? {
          code: 'mapping_fails',
          clause: 'mapping',
          sentence: `The provider maps ${refusal.expected[0]} to ${quoted(refusal.actual[0] ?? '')}, which gives no value for this token: ${refusal.detail}.`,
          mend: `Map it to a claim that every deployment's token has: ${Object.keys(claims).toSorted().join(', ')}.`,
        }
      )
    case 'subject_length':
      return explainLength(refusal, trust)
    case 'condition':
      return (
        explainClaimOfRun(refusal.expected[0] ?? '', 'condition', claims) ?? explainCondition(refusal, trust)
      )
    case 'binding':
      return explainBinding(refusal, trust, claims)
  }
}

/** An expression that asks for what a deployment has only when it runs, where nobody said it. */
function explainClaimOfRun(
  expression: string,
  clause: 'mapping' | 'condition',
  claims: GoogleTokenClaims,
): GoogleExplanation | undefined {
  const [claim] = OWN_CLAIM.exec(expression) ?? []
  if (claim === undefined || claims[claim] !== undefined) return undefined
  return {
    code: 'claim_of_the_run',
    clause,
    sentence: `The provider's ${clause} ${quoted(expression)} asks for ${claim}, which a deployment has only when it runs.`,
    mend: `Say it to judge with it: daypass trust explain --claim ${claim}=<value>. A token that does not have it is refused.`,
  }
}

function explainIssuer({ expected, actual }: GoogleTrustRefusal, trust: GoogleTrust): GoogleExplanation {
  const [written = ''] = expected
  const [right = ''] = actual
  const difference = issuerDifference(written, right)
  return {
    code: `issuer_${difference}`,
    clause: 'issuer',
    sentence: `The provider has the issuer ${quoted(written)}, which ${sayIssuerDifference(difference, right)}; the token says ${quoted(right)}.`,
    mend: `Run: ${update(trust)} --issuer-uri=${right}`,
  }
}

function explainAudience({ expected, actual }: GoogleTrustRefusal, trust: GoogleTrust): GoogleExplanation {
  const [audience = ''] = actual
  const mend = `Run: ${update(trust)} --allowed-audiences=${audience}`
  const said = { clause: 'audience', mend } as const
  if (
    trust.provider.allowedAudiences.length === 0 ||
    expected.some((one) => one.endsWith(providerAudience(trust.provider)))
  ) {
    const sentence = `The provider takes only its own name as audience; a deployment's token is for ${quoted(audience)}.`
    return { ...said, code: 'audience_provider_name', sentence }
  }
  if (expected.some((one) => one.toLowerCase() === audience.toLowerCase())) {
    const sentence = `The provider allows the audience ${quotedList(expected)}, but the token's is ${quoted(audience)}: Google compares case too.`
    return { ...said, code: 'audience_case', sentence }
  }
  const sentence = `The provider allows the audience ${quotedList(expected)}, but the token's is ${quoted(audience)}.`
  return { ...said, code: 'audience_differs', sentence }
}

function explainLength({ actual }: GoogleTrustRefusal, trust: GoogleTrust): GoogleExplanation {
  const bytes = new TextEncoder().encode(actual[0] ?? '').length
  return {
    code: 'subject_too_long',
    clause: 'mapping',
    sentence:
      bytes === 0
        ? 'The provider maps google.subject to an empty text.'
        : `google.subject would have ${bytes} bytes, and Google takes at most 127: ${quoted(actual[0] ?? '')}.`,
    mend: `Map a shorter claim: ${update(trust)} --attribute-mapping="google.subject=assertion.stackId,attribute.operation=assertion.operation", and bind the service account to the set of an attribute.`,
  }
}

function explainCondition(
  { expected, actual, detail }: GoogleTrustRefusal,
  trust: GoogleTrust,
): GoogleExplanation {
  const [condition = ''] = expected
  const known = `This token has ${quotedList(actual)}.`
  const mend = `If this deployment should be let in, write a condition that holds for it: ${update(trust)} --attribute-condition="…". ${known}`
  return detail === undefined
    ? {
        code: 'condition_false',
        clause: 'condition',
        sentence: `The provider's condition ${quoted(condition)} does not hold for this token.`,
        mend,
      }
    : {
        code: 'condition_fails',
        clause: 'condition',
        sentence: `The provider's condition ${quoted(condition)} cannot be decided for this token: ${detail}.`,
        mend,
      }
}

function update({ provider }: GoogleTrust): string {
  return `gcloud iam workload-identity-pools providers update-oidc ${poolResource(provider)}/providers/${provider.providerId}`
}
