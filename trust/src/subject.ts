/**
 * The subject of a deployment's token: who a running deployment says it is.
 *
 * Owns the one grammar of organization, project and stack names and of the operations, and the texts that are
 * built from them, in three forms. Owns no other claim, and knows nothing of how a cloud compares it (see `aws/`).
 *
 * No name can forge another's subject: no part may hold the separator `:`, nor a wildcard (`*`, `?`) or the
 * start of a policy variable (`$`), so that the text has exactly one reading and is safe in every trust policy. The
 * forms differ in a word that no name can reach: another layout of one of them gets another word (`dp2`).
 */
import { isStackKey, stackKeyOf, uuidOfStackKey } from './stack-key.ts'

/** Checked against the grammar of one of the three forms, or the issuer's own. */
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

/**
 * How the tokens of a stack name it.
 *
 * - `pulumi`: `pulumi:deploy:org:O:project:P:stack:S:operation:OP:scope:write`, as Pulumi Cloud's own.
 * - `class`: `pulumi:deploy:org:O:project:P:stack:S:access:read|write`; two in place of six.
 * - `compact`: `dp1:<26 characters of the stack's id>:OP`, at most 46 bytes, and the same after a rename.
 */
export const SUBJECT_FORMS = ['pulumi', 'class', 'compact'] as const

export type SubjectForm = (typeof SUBJECT_FORMS)[number]

/**
 * Who the issuer itself is, when it publishes its keys. It begins as none of the three forms does, so no stack is called
 * so, whatever its names are; and it is none of their readings.
 */
export const PUBLISHER_SUBJECT = 'daypass:issuer:publish' as Subject

/** What an operation may do, in the class form. */
export type Access = 'read' | 'write'

/** Whose subject is made. */
export interface SubjectIdentity extends NamedIdentity {
  /** By default Pulumi's. */
  readonly form?: SubjectForm | undefined
  /** The stack's immutable id, a UUID in lower case; the compact form needs it. */
  readonly stackUuid?: string | undefined
}

/** What a subject of Pulumi's form says. */
export interface NamedIdentity {
  readonly organization: string
  readonly project: string
  readonly stack: string
  readonly operation: Operation
}

/** Everything of an identity but what is done. */
export type SubjectStack = Omit<SubjectIdentity, 'operation'>

/** What a subject says: no more than its form has room for. */
export type SubjectReading =
  | ({ readonly form: 'pulumi' } & NamedIdentity)
  | ({ readonly form: 'class'; readonly access: Access } & Omit<NamedIdentity, 'operation'>)
  | { readonly form: 'compact'; readonly stackUuid: string; readonly operation: Operation }

const ORGANIZATION = /^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$/
const PROJECT_OR_STACK = /^[A-Za-z0-9_.-]{1,100}$/
const SUBJECT = /^pulumi:deploy:org:([^:]+):project:([^:]+):stack:([^:]+):operation:([^:]+):scope:write$/
const CLASS_SUBJECT = /^pulumi:deploy:org:([^:]+):project:([^:]+):stack:([^:]+):access:(read|write)$/
const COMPACT_SUBJECT = /^dp1:([^:]+):([^:]+)$/

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

export function isSubjectForm(text: string): text is SubjectForm {
  return (SUBJECT_FORMS as readonly string[]).includes(text)
}

/** `read`: what only looks. */
export function accessOf(operation: Operation): Access {
  return operation === 'preview' || operation === 'detect-drift' ? 'read' : 'write'
}

/**
 * The subject of one deployment, in the form of its stack.
 *
 * @throws {TypeError} when a part is outside the grammar. Names are checked where they enter the system, so a bad
 *   one here is a bug, and no token may be minted for it.
 */
export function subjectOf(identity: SubjectIdentity): Subject {
  const { organization, project, stack, operation, form = 'pulumi', stackUuid = '' } = identity
  requirePart('organization', organization, isOrganizationName(organization))
  requirePart('project', project, isProjectName(project))
  requirePart('stack', stack, isStackName(stack))
  requirePart('operation', operation, isOperation(operation))
  const named = `pulumi:deploy:org:${organization}:project:${project}:stack:${stack}`
  switch (form) {
    case 'pulumi':
      return `${named}:operation:${operation}:scope:write` as Subject
    case 'class':
      return `${named}:access:${accessOf(operation)}` as Subject
    case 'compact':
      return `dp1:${stackKeyOf(stackUuid)}:${operation}` as Subject
  }
}

/** One each: in the class form several operations share one. */
export function subjectsOf(stack: SubjectStack, operations: readonly Operation[]): readonly Subject[] {
  return [...new Set(operations.map((operation) => subjectOf({ ...stack, operation })))]
}

/** The inverse of `subjectOf`, for all forms: undefined for every text that it cannot have made. */
export function readSubject(text: string): SubjectReading | undefined {
  const named = parseSubject(text)
  if (named) return { form: 'pulumi', ...named }
  const [, organization, project, stack, access] = CLASS_SUBJECT.exec(text) ?? []
  if (organization && project && stack && access) {
    if (!isOrganizationName(organization) || !isProjectName(project) || !isStackName(stack)) return undefined
    return { form: 'class', organization, project, stack, access: access as Access }
  }
  const [, key, operation] = COMPACT_SUBJECT.exec(text) ?? []
  if (!key || !operation || !isStackKey(key) || !isOperation(operation)) return undefined
  return { form: 'compact', stackUuid: uuidOfStackKey(key), operation }
}

/** What a subject of Pulumi's form says; undefined for every other text. */
export function parseSubject(text: string): NamedIdentity | undefined {
  const [, organization, project, stack, operation] = SUBJECT.exec(text) ?? []
  if (!organization || !project || !stack || !operation) return undefined
  if (!isOrganizationName(organization) || !isProjectName(project) || !isStackName(stack)) return undefined
  if (!isOperation(operation)) return undefined
  return { organization, project, stack, operation }
}

export function isSubject(text: string): text is Subject {
  return readSubject(text) !== undefined
}

function requirePart(part: string, text: string, fits: boolean): void {
  if (!fits) throw new TypeError(`The ${part} ${JSON.stringify(text)} cannot stand in a subject.`)
}
