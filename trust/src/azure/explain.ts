/** Turns a refusal of known federated credentials into sentences that a person can act on, the nearest miss first. */
import { issuerDifference, sayIssuerDifference } from '../issuer-difference.ts'
import { quoted, quotedList } from '../quote.ts'
import { OPERATIONS } from '../subject.ts'
import { distanceOf, type SubjectDifference, sayParts, subjectDifference } from '../subject-difference.ts'
import type { AzureTokenClaims, AzureTrustDecision, AzureTrustRefusal } from './evaluate.ts'
import type { AzureExplanation } from './explanation.ts'
import { DEFAULT_AZURE_AUDIENCE } from './generate.ts'

export function explainAzureTrust(
  decision: AzureTrustDecision,
  claims: AzureTokenClaims,
): readonly AzureExplanation[] {
  if (decision.allowed) return []
  if (decision.refusals.length === 0) {
    return [
      {
        code: 'no_credentials',
        clause: 'credential',
        sentence: 'The application has no federated credential, so it believes no token.',
        mend: `Add one with ${credentialFor(claims)}.`,
      },
    ]
  }
  return byCredential(decision.refusals)
    .toSorted((one, other) => costOf(one) - costOf(other))
    .flatMap((refusals) => refusals.map((refusal) => explainOne(refusal, claims)))
}

function byCredential(refusals: readonly AzureTrustRefusal[]): (readonly AzureTrustRefusal[])[] {
  return [...Map.groupBy(refusals, ({ credential }) => credential).values()]
}

const ISSUER_COST = 20
const AUDIENCE_COST = 1

/** A credential with a foreign issuer was hardly meant; one with a near subject was. */
function costOf(refusals: readonly AzureTrustRefusal[]): number {
  return refusals.reduce((cost, { clause, expected, actual }) => {
    const [written = ''] = expected
    if (clause === 'audience') return cost + AUDIENCE_COST
    if (clause === 'subject') return cost + 1 + distanceOf(subjectDifference(written, actual, false))
    return cost + (issuerDifference(written, actual) === 'other_issuer' ? ISSUER_COST : 1)
  }, 0)
}

function explainOne(refusal: AzureTrustRefusal, claims: AzureTokenClaims): AzureExplanation {
  switch (refusal.clause) {
    case 'issuer':
      return explainIssuer(refusal)
    case 'subject':
      return explainSubject(refusal, claims)
    case 'audience':
      return explainAudience(refusal)
  }
}

function explainIssuer({ credential, expected, actual }: AzureTrustRefusal): AzureExplanation {
  const [written = ''] = expected
  const difference = issuerDifference(written, actual)
  return {
    code: `issuer_${difference}`,
    clause: 'issuer',
    sentence: `The credential ${quoted(credential)} has the issuer ${quoted(written)}, which ${sayIssuerDifference(difference, actual)}; the token says ${quoted(actual)}.`,
    mend: `Give it the issuer ${quoted(actual)}, to the letter.`,
  }
}

function explainAudience({ credential, expected, actual }: AzureTrustRefusal): AzureExplanation {
  const mend = `Give it the audience ${quoted(actual)}.`
  const where = `The credential ${quoted(credential)}`
  if (expected.some((audience) => audience.toLowerCase() === actual.toLowerCase())) {
    const sentence = `${where} has the audience ${quotedList(expected)}, but the token's is ${quoted(actual)}: Azure compares case too.`
    return { code: 'audience_case', clause: 'audience', sentence, mend }
  }
  if (expected.includes(DEFAULT_AZURE_AUDIENCE)) {
    const sentence = `${where} still has Azure's default audience ${quoted(DEFAULT_AZURE_AUDIENCE)}; a deployment's token is for ${quoted(actual)}.`
    return { code: 'audience_default', clause: 'audience', sentence, mend }
  }
  if (expected.includes(`azure:${actual}`)) {
    const sentence = `${where} has the audience ${quoted(`azure:${actual}`)}, which is that of an environment; a deployment's is ${quoted(actual)}.`
    return { code: 'audience_esc_prefix', clause: 'audience', sentence, mend }
  }
  const sentence = `${where} has the audience ${quotedList(expected)}, but the token's is ${quoted(actual)}.`
  return { code: 'audience_differs', clause: 'audience', sentence, mend }
}

function explainSubject(
  { credential, expected, actual }: AzureTrustRefusal,
  claims: AzureTokenClaims,
): AzureExplanation {
  const [written = ''] = expected
  const where = `The credential ${quoted(credential)}`
  const told = /[*?]/.test(written)
    ? {
        code: 'subject_wildcard' as const,
        sentence: `${where} has the subject ${quoted(written)}: Azure reads no wildcards, so it fits no token.`,
      }
    : tell(subjectDifference(written, actual, false), where, written, actual)
  const mend =
    'mend' in told
      ? told.mend
      : `Give it the subject ${quoted(actual)}, or add one with ${credentialFor(claims)}.`
  return { clause: 'subject', code: told.code, sentence: told.sentence, mend }
}

type Told = Pick<AzureExplanation, 'code' | 'sentence'> & { readonly mend?: string }

function tell(difference: SubjectDifference, where: string, written: string, actual: string): Told {
  switch (difference.kind) {
    case 'environment':
      return {
        code: 'subject_of_environment',
        sentence: `${where} has the subject of an environment, ${quoted(written)}; a deployment's is ${quoted(actual)}.`,
      }
    case 'scope_missing':
      return {
        code: 'subject_scope_missing',
        sentence: `${where} has the subject ${quoted(written)}, which lacks ":scope:write" at its end.`,
      }
    case 'incomplete':
      return {
        code: 'subject_incomplete',
        sentence: `${where} has the subject ${quoted(written)}, which ends too early: Azure wants the whole subject.`,
      }
    case 'case':
      return {
        code: 'subject_case',
        sentence: `${where} has the subject ${quoted(written)}, which has other capital letters than ${quoted(actual)}: Azure compares case too.`,
      }
    case 'operation_word':
      return {
        code: 'subject_operation_word',
        sentence: `${where} names the operation ${quoted(difference.written)}, which no token has; the words are ${OPERATIONS.join(', ')}.`,
      }
    case 'parts': {
      const { trusted, running } = sayParts(difference.parts)
      return {
        code: `subject_${difference.parts[0]?.part ?? 'stack'}_differs`,
        sentence: `${where} trusts ${trusted}, but this deployment is of ${running}.`,
        mend: `Azure needs a credential for each operation of each stack: if this one may act as the application, add one with the subject ${quoted(actual)}.`,
      }
    }
    case 'wildcard_in_equals':
    case 'other':
      return {
        code: 'subject_differs',
        sentence: `${where} has the subject ${quoted(written)}, but the token's is ${quoted(actual)}.`,
      }
  }
}

/** The credential that would let in exactly this token. */
export function credentialFor({ iss, sub, aud }: AzureTokenClaims): string {
  return `issuer ${quoted(iss)}, subject ${quoted(sub)} and audience ${quoted(aud)}`
}
