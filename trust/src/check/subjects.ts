/** Asks for every deployment that a document names whether it is let in, and who else is. */
import { judgeTrust, type TrustArrangement } from '../arrangement.ts'
import { deploymentClaims } from '../deployment-claims.ts'
import type { Explanation } from '../explanation-header.ts'
import { quoted } from '../quote.ts'
import type { SubjectIdentity } from '../subject.ts'
import type { TrustFinding } from './finding.ts'
import { deploymentNamed, type NamedDeployment, type NamedParts } from './named-deployment.ts'
import { reachOf } from './reach.ts'

export interface SubjectsToCheck {
  readonly issuerUrl: string
  /** As the documents are when the provider has this audience. */
  readonly arrangementFor: (audience: string) => TrustArrangement
  /** Whom the document names; at least one, if only with nothing said. */
  readonly named: readonly NamedParts[]
  /** Whom it names elsewhere. */
  readonly alsoNamed?: readonly NamedParts[]
  /** Audiences that the document asks for. */
  readonly audiences: readonly string[]
  /** How the document is called at the beginning of a sentence: `The role`. */
  readonly where: string
}

/** An audience that differs so was hardly meant. */
const MISTAKEN_AUDIENCE = /^audience_(?:case|default|esc_prefix|provider_name)/
/** Cannot be known here: what else a request has. */
const NOT_JUDGED = [
  'condition_key_absent',
  'condition_key_of_request',
  'claim_of_the_run',
  'condition_operator_unsupported',
  'explicit_deny',
]

export function checkSubjects(input: SubjectsToCheck): readonly TrustFinding[] {
  const { named, alsoNamed = [], audiences } = input
  const meant = [...named, ...alsoNamed].map((parts) => deploymentNamed(parts, audiences[0]))
  return meant.slice(0, named.length).flatMap((one) => checkNamed(one, meant, input))
}

function checkNamed(
  named: NamedDeployment,
  meant: readonly NamedDeployment[],
  input: SubjectsToCheck,
): readonly TrustFinding[] {
  const { arrangementFor, issuerUrl, audiences, where } = input
  const explain = (identity: SubjectIdentity, audience: string) =>
    judgeTrust(arrangementFor(audience), deploymentClaims({ ...identity, issuerUrl, audience }))
  const admits = (identity: SubjectIdentity, audience: string) => explain(identity, audience).allowed
  const lets = (audience: string) =>
    named.operations.some((operation) => admits({ ...named, operation }, audience))

  const audience = [named.organization, ...audiences].find(lets)
  const [operation = 'update'] = named.operations.includes('update') ? ['update' as const] : named.operations
  const { explanations } = explain({ ...named, operation }, named.organization)
  const [first] = explanations
  if (audience === undefined) return first ? [neverLetIn(first)] : []
  const missing = named.operations.flatMap((one) => {
    const judged = explain({ ...named, operation: one }, audience)
    return judged.explanations.filter(({ code }) => code === 'subject_too_long').map(neverLetIn)
  })
  return [
    ...(audience === named.organization || !first ? [] : [unusualAudience(first, audience, where)]),
    ...missing.slice(0, 1),
    ...reachOf(admits, named, audience, where, meant),
  ]
}

function neverLetIn({ code, sentence, mend }: Explanation): TrustFinding {
  return { severity: NOT_JUDGED.includes(code) ? 'notice' : 'error', code, sentence, mend }
}

function unusualAudience(first: Explanation, audience: string, where: string): TrustFinding {
  if (MISTAKEN_AUDIENCE.test(first.code)) return neverLetIn(first)
  return {
    severity: 'notice',
    code: 'audience_unusual',
    sentence: `${where} takes tokens for the audience ${quoted(audience)} only; a deployment's is that of its organization.`,
    mend: 'Set this audience for the stack, or write the organization.',
  }
}
