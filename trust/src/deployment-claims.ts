/**
 * The claims by which a cloud may judge a deployment that has not run yet: those that follow from its names.
 *
 * Owns no times and no ids, and of the claims that only a run has (`urn:daypass:…`) those that somebody says.
 * `server/src/issuer` writes the real token; a test there holds both to the same names.
 */
import { SESSION_TAGS_CLAIM, sessionTagsClaim } from './aws/session-tags.ts'
import { type SubjectIdentity, subjectOf } from './subject.ts'

export type DeploymentClaims = Readonly<Record<string, unknown>> & {
  readonly iss: string
  readonly sub: string
  readonly aud: string
}

export interface DeploymentIdentity extends SubjectIdentity {
  readonly issuerUrl: string
  readonly audience: string
  /** Which session tags its tokens for AWS bring; those that only a run has are not foreseen. */
  readonly sessionTags?: readonly string[] | undefined
  /** Of its own claims: `{"urn:daypass:trigger": "schedule"}`. */
  readonly ofTheRun?: Readonly<Record<string, string>> | undefined
}

/** What a deployment has only when it runs: its trigger, its actor, its commit. */
export const OWN_CLAIM = /urn:daypass:[a-z_]+/

/** A stack's first deployment, where somebody asks for its number. */
const FIRST_DEPLOYMENT = '1'

/** @throws {TypeError} when a name is outside the grammar of subjects. */
export function deploymentClaims(identity: DeploymentIdentity): DeploymentClaims {
  const { organization, project, stack, operation, form, stackUuid, issuerUrl, audience } = identity
  const names = { org: organization, project, stack, operation }
  const asked = Object.entries(names).filter(([name]) => identity.sessionTags?.includes(name))
  const tags = sessionTagsClaim(Object.fromEntries(asked))
  return {
    iss: issuerUrl,
    sub: subjectOf({ organization, project, stack, operation, form, stackUuid }),
    aud: audience,
    org: organization,
    project,
    stack,
    stackId: `${organization}/${project}/${stack}`,
    operation,
    deployment: FIRST_DEPLOYMENT,
    scope: 'write',
    ...(tags && { [SESSION_TAGS_CLAIM]: tags }),
    ...identity.ofTheRun,
  }
}
