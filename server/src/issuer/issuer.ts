/**
 * Who we say a running deployment is.
 *
 * Owns: the claims of a token, how long it is good for, and what the rest of the server may ask of the issuer.
 * Does not own: the grammar of a subject (trust/subject), who may ask for a token and for which audience (jobs),
 * nor which names were retired (stacks): it signs what it is given, as long as that can be said without forgery.
 *
 * Files: `keys` make and open the signing keys, `sign` signs, `record` writes each mint down, `mint` puts the three
 * together, `discovery` and `routes` publish what a relying party reads.
 */
import type { SessionTag } from '@daypass/contract/identity.ts'
import type { OidcToken } from '@daypass/contract/tokens.ts'
import {
  SESSION_TAGS_CLAIM,
  type SessionTagsClaim,
  sessionTagsClaim,
} from '@daypass/trust/aws/session-tags.ts'
import {
  type Operation,
  PUBLISHER_SUBJECT,
  type Subject,
  type SubjectForm,
  subjectOf,
} from '@daypass/trust/subject.ts'

/**
 * `exchange` stays with the job's supervisor; `job` is put into the job and lives longer; `publish` is the server's own,
 * for the place where its keys are published.
 */
export type MintPurpose = 'exchange' | 'job' | 'publish'

/** How long a token is good for after `iat`, in seconds. */
export const LIFETIME_SECONDS = {
  exchange: 5 * 60,
  job: 15 * 60,
  publish: 5 * 60,
} as const satisfies Record<MintPurpose, number>

/** Some relying parties allow no difference between clocks, so a token is already valid a minute ago. */
export const NOT_BEFORE_MARGIN_SECONDS = 60

/** Azure takes at most 600 characters and AWS 255; nobody who has a longer one means an audience. */
const LONGEST_AUDIENCE = 600

export interface MintRequest {
  readonly organizationId: string
  readonly organization: string
  readonly project: string
  readonly stack: string
  /** Our own id of the stack: for the record and the compact subject; the claim of that name holds the three names. */
  readonly stackId: string
  /** How the stack's subjects name it. */
  readonly subjectForm: SubjectForm
  /** An earlier stack was called so, and may still be trusted by that name: the token then says no name. */
  readonly nameRetired: boolean
  readonly deploymentId: string
  /** Counts a stack's deployments from 1. */
  readonly deploymentVersion: number
  readonly operation: Operation
  readonly purpose: Exclude<MintPurpose, 'publish'>
  readonly audience: string
  readonly facts: DeploymentFacts
  /** Those that the token gives a session at AWS. */
  readonly sessionTags: readonly SessionTag[]
}

/** What the server itself knows of a deployment, beside its names; nothing of it is what the job says. */
export interface DeploymentFacts {
  /** What started it: `rest`, `schedule`, `webhook`, `drift`, `git-push`, `pull-request`, `review-stack`. */
  readonly trigger: string
  /** The login of whoever asked for it, or under whose rights it was started. */
  readonly actor: string
  /** Where its program comes from, as it was asked for; saved without credentials. Null: not from a git repository. */
  readonly repository: string | null
  /** The whole id of the commit, where whoever asked fixed it, so that no other is run. */
  readonly commit: string | null
  /** The full ref that a git host's event named with the commit. */
  readonly ref: string | null
  readonly pullRequest: number | null
  /** Of a review stack: `organization/project/stack`. */
  readonly templateStack: string | null
}

export interface MintedToken {
  readonly token: OidcToken
  readonly jti: string
  readonly subject: Subject
  readonly audience: string
  readonly lifetimeSeconds: number
  readonly expiresAt: Date
}

export interface Issuer {
  /**
   * A fresh token, recorded durably before this resolves.
   *
   * @throws {TypeError} when a part of the identity is outside its grammar: names are checked where they enter.
   * @throws when the record could not be written; the token is then dropped.
   */
  mint(request: MintRequest): Promise<MintedToken>
  /** The same for the issuer itself, `daypass:issuer:publish`: no stack, and no deployment, has such a token. */
  mintForPublication(audience: string): Promise<MintedToken>
  /** Uses the key that signs, if something else than this process holds it. @throws {Outage} when that cannot be reached. */
  proveSigner(): Promise<void>
  /** The key set that relying parties fetch (RFC 7517). Holds public parts only. */
  jwks(): { readonly keys: readonly { readonly kid: string }[] }
  /** The discovery document (OpenID Connect Discovery 1.0, section 3). */
  discovery(): object
  /** Whether one of our keys, the retired ones included, has this id: then a token that names it is ours. */
  isOurKid(kid: string): boolean
}

/** The registered claims of RFC 7519, section 4.1. */
export interface RegisteredClaims {
  readonly iss: string
  readonly sub: Subject
  /** One plain string: several relying parties refuse even a list of one. */
  readonly aud: string
  /** Seconds since 1970, as are `nbf` and `exp`. */
  readonly iat: number
  readonly nbf: number
  readonly exp: number
  readonly jti: string
}

/** Everything a token says: the registered claims, Pulumi's own, and facts of ours (`docs/tokens.md`). */
export interface Claims extends RegisteredClaims {
  readonly org: string
  /** Absent, as `stack` and `stackId` are, where the name was an earlier stack's. */
  readonly project?: string
  readonly stack?: string
  /** `organization/project/stack`. */
  readonly stackId?: string
  readonly operation: Operation
  /** The deployment's version, as text: cloud conditions compare strings. */
  readonly deployment: string
  readonly scope: 'write'
  readonly 'urn:daypass:deployment_id': string
  readonly 'urn:daypass:trigger': string
  readonly 'urn:daypass:actor': string
  /** Absent where it is not known beforehand, never empty: a policy that asks for it then refuses. */
  readonly 'urn:daypass:repository'?: string
  readonly 'urn:daypass:commit'?: string
  readonly 'urn:daypass:ref'?: string
  /** A number, as text: cloud conditions compare strings. */
  readonly 'urn:daypass:pull_request'?: string
  readonly 'urn:daypass:template_stack'?: string
  /** Only for AWS, and only where the stack's identity asks for it. */
  readonly [SESSION_TAGS_CLAIM]?: SessionTagsClaim
}

/** Names of all claims, for discovery; a claim that is missing here does not compile. */
export const CLAIM_NAMES = Object.keys({
  iss: true,
  sub: true,
  aud: true,
  iat: true,
  nbf: true,
  exp: true,
  jti: true,
  org: true,
  project: true,
  stack: true,
  stackId: true,
  operation: true,
  deployment: true,
  scope: true,
  'urn:daypass:deployment_id': true,
  'urn:daypass:trigger': true,
  'urn:daypass:actor': true,
  'urn:daypass:repository': true,
  'urn:daypass:commit': true,
  'urn:daypass:ref': true,
  'urn:daypass:pull_request': true,
  'urn:daypass:template_stack': true,
  [SESSION_TAGS_CLAIM]: true,
} satisfies Record<keyof Claims, true>)

export interface Minting {
  readonly issuerUrl: string
  readonly jti: string
  /** When it is issued; fractions of a second are dropped, so `iat` never lies in the future. */
  readonly at: Date
}

/**
 * The claims of one token.
 *
 * @throws {TypeError} for a part that could not be said without forgery or that no relying party could compare.
 */
export function claimsOf(request: MintRequest, minting: Minting): Claims {
  const { organization, operation, audience, deploymentVersion, purpose } = request
  const sub = subjectFor(request)
  if (!Number.isSafeInteger(deploymentVersion) || deploymentVersion < 1) {
    throw new TypeError(`A deployment's version counts from 1, not ${deploymentVersion}.`)
  }
  const tags = sessionTagsClaim(tagValues(request))
  return {
    ...registeredClaims({ sub, audience, purpose }, minting),
    org: organization,
    ...nameClaims(request),
    operation,
    deployment: String(deploymentVersion),
    scope: 'write',
    'urn:daypass:deployment_id': request.deploymentId,
    ...ownClaims(request.facts),
    ...(tags && { [SESSION_TAGS_CLAIM]: tags }),
  }
}

/** The claims of the issuer's own token. @throws {TypeError} for an audience that nobody could compare. */
export function publisherClaims(audience: string, minting: Minting): RegisteredClaims {
  return registeredClaims({ sub: PUBLISHER_SUBJECT, audience, purpose: 'publish' }, minting)
}

function registeredClaims(
  { sub, audience, purpose }: { sub: Subject; audience: string; purpose: MintPurpose },
  { issuerUrl, jti, at }: Minting,
): RegisteredClaims {
  requireAudience(audience)
  const iat = Math.floor(at.getTime() / 1000)
  return {
    iss: issuerUrl,
    sub,
    aud: audience,
    iat,
    nbf: iat - NOT_BEFORE_MARGIN_SECONDS,
    exp: iat + LIFETIME_SECONDS[purpose],
    jti,
  }
}

function subjectFor(request: MintRequest): Subject {
  const { organization, project, stack, stackId, operation, subjectForm: form, nameRetired } = request
  if (nameRetired && form !== 'compact') throw new TypeError('A retired name stands in no subject.')
  return subjectOf({ organization, project, stack, operation, form, stackUuid: stackId })
}

function nameClaims({ organization, project, stack, nameRetired }: MintRequest) {
  return nameRetired ? {} : { project, stack, stackId: `${organization}/${project}/${stack}` }
}

/** A short commit names whatever begins like it, so it is no fact. */
const WHOLE_COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

function ownClaims(facts: DeploymentFacts) {
  const { trigger, actor, repository, commit, ref, pullRequest, templateStack } = facts
  return {
    'urn:daypass:trigger': trigger,
    'urn:daypass:actor': actor,
    ...(repository !== null && { 'urn:daypass:repository': repository }),
    ...(commit !== null && WHOLE_COMMIT.test(commit) && { 'urn:daypass:commit': commit }),
    ...(ref !== null && { 'urn:daypass:ref': ref }),
    ...(pullRequest !== null && { 'urn:daypass:pull_request': String(pullRequest) }),
    ...(templateStack !== null && { 'urn:daypass:template_stack': templateStack }),
  }
}

/** In the words of the claims; what the token does not say is no tag either. */
function tagValues(request: MintRequest): { readonly [Tag in SessionTag]?: string | undefined } {
  const { organization, operation, deploymentVersion, sessionTags } = request
  const own = ownClaims(request.facts)
  const values: { readonly [Tag in SessionTag]: string | undefined } = {
    org: organization,
    project: request.nameRetired ? undefined : request.project,
    stack: request.nameRetired ? undefined : request.stack,
    operation,
    deployment: String(deploymentVersion),
    actor: own['urn:daypass:actor'],
    commit: own['urn:daypass:commit'],
  }
  return Object.fromEntries(sessionTags.map((tag) => [tag, values[tag]]))
}

/** An audience may be any string that a person can see whole, URLs included. */
export function isAudience(audience: string): boolean {
  return audience !== '' && audience.length <= LONGEST_AUDIENCE && !/[\s\p{C}]/u.test(audience)
}

function requireAudience(audience: string): void {
  if (!isAudience(audience)) {
    throw new TypeError(
      `The audience ${JSON.stringify(audience.slice(0, LONGEST_AUDIENCE))} must have 1 to ${LONGEST_AUDIENCE} visible characters.`,
    )
  }
}
