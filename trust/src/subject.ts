/**
 * The subject of a deployment's token: who a running deployment says it is.
 *
 * Owns the one grammar of organization, project and stack names and of the operations, and the text that is
 * built from them. Owns no other claim, and knows nothing of how a cloud compares it (see `aws/`).
 *
 * No name can forge another's subject: no part may hold the separator `:`, nor a wildcard (`*`, `?`) or the
 * start of a policy variable (`$`), so that the text has exactly one reading and is safe in every trust policy.
 */

/** `pulumi:deploy:org:O:project:P:stack:S:operation:OP:scope:write`, checked against the grammar. */
export type Subject = string & { readonly __kind: 'oidc-subject' }

/** 3 to 40 of `a-z 0-9 _ -`, beginning and ending with a letter or a digit. Always lower case. */
export type OrganizationName = string & { readonly __kind: 'organization-name' }

/** 1 to 100 of `A-Z a-z 0-9 _ . -`. Case matters. */
export type ProjectName = string & { readonly __kind: 'project-name' }

/** 1 to 100 of `A-Z a-z 0-9 _ . -`. Case matters. */
export type StackName = string & { readonly __kind: 'stack-name' }

/** What a deployment may do, in the words of Pulumi's API. */
export const OPERATIONS = [
  'preview',
  'update',
  'refresh',
  'destroy',
  'detect-drift',
  'remediate-drift',
] as const

export type Operation = (typeof OPERATIONS)[number]

/** What a subject says. */
export interface SubjectIdentity {
  readonly organization: string
  readonly project: string
  readonly stack: string
  readonly operation: Operation
}

const ORGANIZATION = /^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$/
const PROJECT_OR_STACK = /^[A-Za-z0-9_.-]{1,100}$/
const SUBJECT = /^pulumi:deploy:org:([^:]+):project:([^:]+):stack:([^:]+):operation:([^:]+):scope:write$/

export function isOrganizationName(text: string): text is OrganizationName {
  return ORGANIZATION.test(text)
}

export function isProjectName(text: string): text is ProjectName {
  return PROJECT_OR_STACK.test(text)
}

export function isStackName(text: string): text is StackName {
  return PROJECT_OR_STACK.test(text)
}

export function isOperation(text: string): text is Operation {
  return (OPERATIONS as readonly string[]).includes(text)
}

/**
 * The subject of one deployment.
 *
 * @throws {TypeError} when a part is outside the grammar. Names are checked where they enter the system, so a bad
 *   one here is a bug, and no token may be minted for it.
 */
export function subjectOf(identity: SubjectIdentity): Subject {
  const { organization, project, stack, operation } = identity
  requirePart('organization', organization, isOrganizationName(organization))
  requirePart('project', project, isProjectName(project))
  requirePart('stack', stack, isStackName(stack))
  requirePart('operation', operation, isOperation(operation))
  return `pulumi:deploy:org:${organization}:project:${project}:stack:${stack}:operation:${operation}:scope:write` as Subject
}

/** The inverse of `subjectOf`: undefined for every text that `subjectOf` cannot have made. */
export function parseSubject(text: string): SubjectIdentity | undefined {
  const [, organization, project, stack, operation] = SUBJECT.exec(text) ?? []
  if (!organization || !project || !stack || !operation) return undefined
  if (!isOrganizationName(organization) || !isProjectName(project) || !isStackName(stack)) return undefined
  if (!isOperation(operation)) return undefined
  return { organization, project, stack, operation }
}

export function isSubject(text: string): text is Subject {
  return parseSubject(text) !== undefined
}

function requirePart(part: string, text: string, fits: boolean): void {
  if (!fits) throw new TypeError(`The ${part} ${JSON.stringify(text)} cannot stand in a subject.`)
}
