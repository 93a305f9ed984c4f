/**
 * Whom a text of a policy seems to mean: the names in a subject, in a pattern of subjects, or in a value that a
 * claim is compared with. Wildcards become an example, and what is left open a name that nobody has.
 *
 * Only ever a question to the engine, which alone decides who is let in.
 */
import {
  accessOf,
  isOperation,
  isOrganizationName,
  isProjectName,
  isStackName,
  OPERATIONS,
  type Operation,
  readSubject,
  type SubjectForm,
} from '../subject.ts'

/** As written, wildcards and all; absent where the text says nothing of it. */
export interface NamedParts {
  readonly organization?: string | undefined
  readonly project?: string | undefined
  readonly stack?: string | undefined
  readonly operation?: string | undefined
  /** `read` or `write`: a subject of the class form. */
  readonly access?: string | undefined
  /** Of a subject of the compact form, which says no name. */
  readonly stackUuid?: string | undefined
}

export interface NamedDeployment {
  readonly organization: string
  readonly project: string
  readonly stack: string
  readonly form: SubjectForm
  readonly stackUuid?: string | undefined
  /** All six where the text names none that there is. */
  readonly operations: readonly Operation[]
}

const UNSAID = { organization: 'your-organization', project: 'your-project', stack: 'your-stack' } as const

export function partsIn(text: string): NamedParts {
  const subject = readSubject(text)
  if (subject?.form === 'compact') return { stackUuid: subject.stackUuid, operation: subject.operation }
  const [, organization, project, stack, operation] =
    /^([^/:]+)\/([^/:]+)\/([^/:]+)(?::([^/:]+))?$/.exec(text) ?? []
  if (organization !== undefined) return { organization, project, stack, operation }
  const part = (word: string) => new RegExp(`(?:^|:)${word}:([^:]*)`).exec(text)?.[1]
  return {
    organization: part('org'),
    project: part('project'),
    stack: part('stack'),
    operation: part('operation'),
    access: part('access'),
  }
}

/** @param audience Of the policy: an organization's name, if it is the usual one. */
export function deploymentNamed(parts: NamedParts, audience: string | undefined): NamedDeployment {
  const { organization, project, stack, operation, access, stackUuid } = parts
  const ofAudience = audience !== undefined && isOrganizationName(audience) ? audience : UNSAID.organization
  return {
    organization: example(organization?.toLowerCase(), isOrganizationName) ?? ofAudience,
    project: example(project, isProjectName) ?? UNSAID.project,
    stack: example(stack, isStackName) ?? UNSAID.stack,
    form: formOf(parts),
    stackUuid,
    operations: operationsOf(operation, access),
  }
}

function formOf({ access, stackUuid }: NamedParts): SubjectForm {
  if (stackUuid !== undefined) return 'compact'
  return access === undefined ? 'pulumi' : 'class'
}

function operationsOf(operation: string | undefined, access: string | undefined): readonly Operation[] {
  if (operation !== undefined && isOperation(operation)) return [operation]
  const ofAccess = OPERATIONS.filter((one) => accessOf(one) === access)
  return ofAccess.length > 0 ? ofAccess : OPERATIONS
}

function example(written: string | undefined, isName: (text: string) => boolean): string | undefined {
  const text = /[*?]/.test(written ?? '') ? withoutWildcards(written ?? '') : written
  return text !== undefined && isName(text) ? text : undefined
}

function withoutWildcards(text: string): string {
  const plain = text.replaceAll('*', '').replaceAll('?', 'a')
  return plain.replace(/[-_.]+$/, '')
}
