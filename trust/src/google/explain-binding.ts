/** Explains why no binding of a service account names the identity that a provider made of a token. */
import { quoted } from '../quote.ts'
import { OPERATIONS } from '../subject.ts'
import { distanceOf, type SubjectDifference, sayParts, subjectDifference } from '../subject-difference.ts'
import type { GoogleTokenClaims, GoogleTrustRefusal } from './evaluate.ts'
import type { GoogleExplanation } from './explanation.ts'
import { type GoogleTrust, poolName } from './workload-provider.ts'

type Told = Pick<GoogleExplanation, 'code' | 'sentence'> & { readonly distance: number }

export function explainBinding(
  { expected, actual }: GoogleTrustRefusal,
  trust: GoogleTrust,
  claims: GoogleTokenClaims,
): GoogleExplanation {
  const { email } = trust.serviceAccount
  const [principal = ''] = actual
  const mend = `If this deployment may act as it, run: gcloud iam service-accounts add-iam-policy-binding ${email} --role=roles/iam.workloadIdentityUser --member=${quoted(principal)}`
  const [nearest] = expected
    .map((member) => tell(member, principal, trust, claims))
    .toSorted((one, other) => one.distance - other.distance)
  if (!nearest) {
    const sentence = `Nobody of a workload identity pool may act as ${email}: it has no member with roles/iam.workloadIdentityUser.`
    return { code: 'binding_none', clause: 'binding', sentence, mend }
  }
  return { code: nearest.code, clause: 'binding', sentence: nearest.sentence, mend }
}

const MEMBER =
  /^(principal|principalSet):\/\/iam\.googleapis\.com\/projects\/([^/]+)\/locations\/global\/workloadIdentityPools\/([^/]+)\/(.*)$/

function tell(member: string, principal: string, trust: GoogleTrust, claims: GoogleTokenClaims): Told {
  const { provider, serviceAccount } = trust
  const said = `${serviceAccount.email} is bound to ${quoted(member)}`
  const [whole, , project = '', pool = '', rest = ''] = MEMBER.exec(member) ?? []
  if (whole === undefined) {
    return {
      code: 'binding_none',
      sentence: `${said}, which is no identity of a workload identity pool.`,
      distance: 30,
    }
  }
  if (pool !== provider.poolId) {
    const sentence = `${said}: that is the pool ${quoted(pool)}, but the token came by ${quoted(provider.poolId)}.`
    return { code: 'binding_other_pool', sentence, distance: 20 }
  }
  if (project !== provider.projectNumber) {
    const sentence = /^[0-9]+$/.test(project)
      ? `${said}: that is a pool of the project ${project}, but the token came by one of ${provider.projectNumber}.`
      : `${said}: it names the project ${quoted(project)}, where Google wants the number ${provider.projectNumber}.`
    return {
      code: /^[0-9]+$/.test(project) ? 'binding_other_pool' : 'binding_project_id',
      sentence,
      distance: 1,
    }
  }
  const [, written] = /^subject\/(.*)$/.exec(rest) ?? []
  if (written !== undefined) return tellSubject(written, principal, said, trust)
  return tellAttribute(rest, said, trust, claims)
}

function tellSubject(written: string, principal: string, said: string, { provider }: GoogleTrust): Told {
  const actual = principal.slice(`principal://${poolName(provider)}/subject/`.length)
  if (/[*?]/.test(written)) {
    const sentence = `${said}: Google reads no wildcards in a subject.`
    return { code: 'binding_wildcard', sentence, distance: 1 }
  }
  const difference = subjectDifference(written, actual, false)
  return { ...tellDifference(difference, said, actual), distance: distanceOf(difference) }
}

function tellDifference(
  difference: SubjectDifference,
  said: string,
  actual: string,
): Pick<Told, 'code' | 'sentence'> {
  const but = `; this token's subject is ${quoted(actual)}.`
  switch (difference.kind) {
    case 'scope_missing':
      return {
        code: 'binding_subject_scope_missing',
        sentence: `${said}, which lacks ":scope:write" at its end${but}`,
      }
    case 'incomplete':
      return { code: 'binding_subject_incomplete', sentence: `${said}, which ends too early${but}` }
    case 'case':
      return { code: 'binding_subject_case', sentence: `${said}, which has other capital letters${but}` }
    case 'operation_word': {
      const sentence = `${said}, with the operation ${quoted(difference.written)}, which no token has; the words are ${OPERATIONS.join(', ')}.`
      return { code: 'binding_subject_operation_word', sentence }
    }
    case 'parts': {
      const { trusted, running } = sayParts(difference.parts)
      const part = difference.parts[0]?.part ?? 'stack'
      const sentence = `${said}: that trusts ${trusted}, but this deployment is of ${running}.`
      return { code: `binding_subject_${part}_differs`, sentence }
    }
    default:
      return { code: 'binding_subject_differs', sentence: `${said}${but}` }
  }
}

function tellAttribute(
  rest: string,
  said: string,
  { provider }: GoogleTrust,
  claims: GoogleTokenClaims,
): Told {
  const [, key = '', value = ''] = /^(attribute\.[a-z0-9_]+|group)\/(.*)$/.exec(rest) ?? []
  const mappedTo = provider.attributeMapping[key === 'group' ? 'google.groups' : key]
  if (mappedTo === undefined) {
    const sentence = `${said}, but the provider maps no ${quoted(key || rest)}.`
    return { code: 'binding_attribute_not_mapped', sentence, distance: 2 }
  }
  const claim = /^assertion\.(\w+)$/.exec(mappedTo)?.[1]
  const has = claim === undefined ? '' : `; this token has ${quoted(String(claims[claim]))}`
  const sentence = `${said}, whose value of ${key} is ${quoted(value)}${has}.`
  return { code: 'binding_attribute_differs', sentence, distance: 3 }
}
