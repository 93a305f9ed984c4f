/**
 * Decides whether a provider takes a token and whether its principal may act as a service account, and names the
 * clause that stood in the way.
 *
 * Owns Google's order: the provider, issuer, audience, mapping, condition, then the bindings. Does not check
 * signatures or times (whoever received the token does), and writes no sentences for people (`explain.ts` does).
 * @see https://cloud.google.com/iam/docs/workload-identity-federation
 */
import type { CelInput } from '@bufbuild/cel'
import { type Evaluated, evaluateExpression } from './expression.ts'
import { type GoogleProvider, type GoogleTrust, poolName, providerAudience } from './workload-provider.ts'

/** All claims of the token: expressions may ask for any. */
export type GoogleTokenClaims = Readonly<Record<string, unknown>> & {
  readonly iss: string
  readonly sub: string
  readonly aud: string | readonly string[]
}

export type GoogleClause =
  | 'provider'
  | 'issuer'
  | 'audience'
  | 'mapping'
  | 'subject_length'
  | 'condition'
  | 'binding'

/** All that the token service looks at. */
export type AdmissionClause = Exclude<GoogleClause, 'binding'>

export interface GoogleTrustRefusal<Clause extends GoogleClause = GoogleClause> {
  readonly clause: Clause
  readonly expected: readonly string[]
  readonly actual: readonly string[]
  /** For `mapping` and `condition`: what the expression did instead. */
  readonly detail?: string
}

export type GoogleTrustDecision =
  | { readonly allowed: true; readonly principal: string; readonly member: string }
  | { readonly allowed: false; readonly refusal: GoogleTrustRefusal }

export interface MappedIdentity {
  readonly subject: string
  /** `attribute.<name>` and `google.groups`. */
  readonly attributes: ReadonlyMap<string, string | readonly string[]>
}

/** Bytes of `google.subject`. */
export const LONGEST_GOOGLE_SUBJECT = 127

/** Both give `iam.serviceAccounts.getAccessToken`. */
const IMPERSONATION_ROLES = ['roles/iam.workloadIdentityUser', 'roles/iam.serviceAccountTokenCreator']

export function evaluateGoogleTrust(trust: GoogleTrust, claims: GoogleTokenClaims): GoogleTrustDecision {
  const mapped = admitToProvider(trust.provider, claims)
  if ('clause' in mapped) return { allowed: false, refusal: mapped }
  const principal = principalOf(trust.provider, mapped)
  const member = memberFor(trust, mapped)
  if (member !== undefined) return { allowed: true, principal, member }
  const expected = trust.serviceAccount.bindings
    .filter(({ role }) => IMPERSONATION_ROLES.includes(role))
    .flatMap(({ members }) => members)
  return { allowed: false, refusal: { clause: 'binding', expected, actual: [principal] } }
}

/** What the Security Token Service decides: who the token is in the pool. */
export function admitToProvider(
  provider: GoogleProvider,
  claims: GoogleTokenClaims,
): MappedIdentity | GoogleTrustRefusal<AdmissionClause> {
  if (provider.disabled) return { clause: 'provider', expected: [], actual: [providerAudience(provider)] }
  if (claims.iss !== provider.issuerUri) {
    return { clause: 'issuer', expected: [provider.issuerUri], actual: [claims.iss] }
  }
  const audiences = [claims.aud].flat()
  const expected = audiencesOf(provider)
  if (!audiences.some((audience) => expected.includes(audience))) {
    return { clause: 'audience', expected, actual: audiences }
  }
  const mapped = mappedIdentity(provider, claims)
  if ('clause' in mapped) return mapped
  return conditionRefusal(provider, claims, mapped) ?? mapped
}

/** Without a list of its own, a provider takes its resource name, with and without `https:`. */
export function audiencesOf(provider: GoogleProvider): readonly string[] {
  if (provider.allowedAudiences.length > 0) return provider.allowedAudiences
  const name = providerAudience(provider)
  return [name, `https:${name}`]
}

function mappedIdentity(
  { attributeMapping }: GoogleProvider,
  claims: GoogleTokenClaims,
): MappedIdentity | GoogleTrustRefusal<AdmissionClause> {
  const variables = { assertion: claims as unknown as CelInput }
  const attributes = new Map<string, string | readonly string[]>()
  for (const [key, expression] of Object.entries(attributeMapping)) {
    const result = evaluateExpression(expression, variables)
    const isGroups = key === 'google.groups'
    if (!result.ok || (isGroups ? !Array.isArray(result.value) : typeof result.value !== 'string')) {
      return { clause: 'mapping', expected: [key], actual: [expression], detail: whyNot(result) }
    }
    attributes.set(key, result.value as string | readonly string[])
  }
  const subject = attributes.get('google.subject')
  attributes.delete('google.subject')
  const bytes = typeof subject === 'string' ? new TextEncoder().encode(subject).length : 0
  if (typeof subject !== 'string' || bytes === 0 || bytes > LONGEST_GOOGLE_SUBJECT) {
    return { clause: 'subject_length', expected: [String(LONGEST_GOOGLE_SUBJECT)], actual: [String(subject)] }
  }
  return { subject, attributes }
}

function conditionRefusal(
  { attributeCondition, attributeMapping }: GoogleProvider,
  claims: GoogleTokenClaims,
  { subject, attributes }: MappedIdentity,
): GoogleTrustRefusal<AdmissionClause> | undefined {
  if (attributeCondition === undefined) return undefined
  const named = (prefix: string) =>
    [...attributes].flatMap(([key, value]) =>
      key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [],
    )
  const result = evaluateExpression(attributeCondition, {
    assertion: claims as unknown as CelInput,
    google: { subject, ...Object.fromEntries(named('google.')) },
    attribute: Object.fromEntries(named('attribute.')),
  } as Record<string, CelInput>)
  if (result.ok && result.value === true) return undefined
  const detail = result.ok && result.value === false ? undefined : whyNot(result)
  const actual = Object.keys(attributeMapping).map((key) =>
    key === 'google.subject' ? `${key}=${subject}` : `${key}=${String(attributes.get(key))}`,
  )
  return {
    clause: 'condition',
    expected: [attributeCondition],
    actual,
    ...(detail !== undefined && { detail }),
  }
}

function whyNot(result: Evaluated): string {
  return result.ok ? 'it gives a value of another kind' : result.detail
}

function memberFor({ provider, serviceAccount }: GoogleTrust, mapped: MappedIdentity): string | undefined {
  const ours = membersOf(provider, mapped)
  return serviceAccount.bindings
    .filter(({ role, conditional }) => !conditional && IMPERSONATION_ROLES.includes(role))
    .flatMap(({ members }) => members)
    .find((member) => ours.has(member))
}

/** `principal://…/subject/…`: exactly this identity. */
export function principalOf(
  provider: Pick<GoogleProvider, 'projectNumber' | 'poolId'>,
  { subject }: Pick<MappedIdentity, 'subject'>,
): string {
  return `principal://${poolName(provider)}/subject/${subject}`
}

/** Every way of writing a member that this identity is. */
function membersOf(provider: GoogleProvider, mapped: MappedIdentity): ReadonlySet<string> {
  const pool = `principalSet://${poolName(provider)}`
  const sets = [...mapped.attributes].flatMap(([key, value]) =>
    [value].flat().map((one) => (key === 'google.groups' ? `${pool}/group/${one}` : `${pool}/${key}/${one}`)),
  )
  return new Set([principalOf(provider, mapped), `${pool}/*`, ...sets])
}
