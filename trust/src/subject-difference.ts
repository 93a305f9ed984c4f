/** Where the subject in a policy and the subject of a token part ways. */

import { isLikeText } from './aws/pattern.ts'
import { quoted } from './quote.ts'
import { isOperation, OPERATIONS, parseSubject } from './subject.ts'

export type SubjectPart = 'organization' | 'project' | 'stack' | 'operation'

export type SubjectDifference =
  | { readonly kind: 'wildcard_in_equals' }
  | { readonly kind: 'environment' }
  | { readonly kind: 'scope_missing' }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'case' }
  | { readonly kind: 'operation_word'; readonly written: string; readonly right: string | undefined }
  | { readonly kind: 'parts'; readonly parts: readonly SubjectPartDifference[] }
  | { readonly kind: 'other' }

export interface SubjectPartDifference {
  readonly part: SubjectPart
  readonly written: string
  readonly actual: string
}

const PARTS = ['organization', 'project', 'stack', 'operation'] as const
const LOOSE =
  /^pulumi:deploy:org:([^:]*)(?::project:([^:]*))?(?::stack:([^:]*))?(?::operation:([^:]*))?(:scope:[^:]*)?(:?\*)?$/
/** Words that people write for an operation, from Pulumi's command line and from its relatives. */
const OPERATION_WORDS: Readonly<Record<string, string>> = {
  up: 'update',
  deploy: 'update',
  apply: 'update',
  create: 'update',
  plan: 'preview',
  diff: 'preview',
  'refresh-only': 'refresh',
  down: 'destroy',
  delete: 'destroy',
  drift: 'detect-drift',
  'drift-detect': 'detect-drift',
  'drift-detection': 'detect-drift',
  detectdrift: 'detect-drift',
  'drift-remediate': 'remediate-drift',
  'drift-remediation': 'remediate-drift',
  remediatedrift: 'remediate-drift',
}

/** @param like Whether the policy's operator reads wildcards. */
export function subjectDifference(written: string, actual: string, like: boolean): SubjectDifference {
  const identity = parseSubject(actual)
  if (!like && /[*?]/.test(written) && isLikeText(written, actual)) return { kind: 'wildcard_in_equals' }
  if (written.startsWith('pulumi:environments:')) return { kind: 'environment' }
  const [whole, organization, project, stack, operation, scope, tail] = LOOSE.exec(written) ?? []
  if (!identity || whole === undefined) {
    return written.toLowerCase() === actual.toLowerCase() ? { kind: 'case' } : { kind: 'other' }
  }
  if (operation && !/[*?]/.test(operation) && !isOperation(operation)) {
    return { kind: 'operation_word', written: operation, right: rightWord(operation) }
  }
  const texts = { organization, project, stack, operation }
  const parts = PARTS.flatMap((part): readonly SubjectPartDifference[] => {
    const text = texts[part]
    const fits =
      text === undefined || (/[*?]/.test(text) ? isLikeText(text, identity[part]) : text === identity[part])
    return fits ? [] : [{ part, written: text, actual: identity[part] }]
  })
  if (parts.some(({ written: text, actual: name }) => text.toLowerCase() !== name.toLowerCase())) {
    return { kind: 'parts', parts }
  }
  if (parts.length > 0) return { kind: 'case' }
  if (tail === undefined && operation === undefined) return { kind: 'incomplete' }
  if (tail === undefined && scope === undefined) return { kind: 'scope_missing' }
  return /[*?]/.test(written) && !like ? { kind: 'wildcard_in_equals' } : { kind: 'other' }
}

/** `stack "prod" and operation "update"`: what is trusted, and what runs instead. */
export function sayParts(parts: readonly SubjectPartDifference[]): {
  readonly trusted: string
  readonly running: string
} {
  const say = (one: 'written' | 'actual') =>
    parts.map((difference) => `${difference.part} ${quoted(difference[one])}`).join(' and ')
  return { trusted: say('written'), running: say('actual') }
}

/** Smaller is nearer, to find among several subjects the one that was probably meant. */
export function distanceOf(difference: SubjectDifference): number {
  switch (difference.kind) {
    case 'parts':
      return difference.parts.length
    case 'other':
      return 10
    case 'environment':
      return 9
    default:
      return 0
  }
}

/** The parts that a pattern leaves open: `…:stack:*:operation:update:…` leaves the stack open. */
export function openPartsOf(pattern: string): readonly SubjectPart[] {
  // The class form leaves open what Pulumi's would with an operation in that place.
  const alike = pattern.replace(/:access:([^:]*)$/, ':operation:$1')
  const [whole, organization, project, stack, operation, , tail] = LOOSE.exec(alike) ?? []
  if (whole === undefined) return /[*?]/.test(pattern) ? PARTS : []
  const texts = { organization, project, stack, operation }
  return PARTS.filter((part) => {
    const text = texts[part]
    return text === undefined ? tail !== undefined : /[*?]/.test(text)
  })
}

function rightWord(written: string): string | undefined {
  const lower = written.toLowerCase()
  const known = OPERATIONS.find((operation) => operation === lower)
  return known ?? (Object.hasOwn(OPERATION_WORDS, lower) ? OPERATION_WORDS[lower] : undefined)
}
