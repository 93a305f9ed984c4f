/** Explains how the subject in a condition misses the subject of a token. */

import { quoted } from '../quote.ts'
import { OPERATIONS } from '../subject.ts'
import {
  distanceOf,
  type SubjectDifference,
  type SubjectPartDifference,
  sayParts,
  subjectDifference,
} from '../subject-difference.ts'
import type { AwsTrustRefusal } from './evaluate.ts'
import type { AwsExplanation, AwsExplanationCode } from './explanation.ts'

type Told = { readonly code: AwsExplanationCode; readonly sentence: string; readonly mend: string }

/** @param where The operator and the statement, for sentences. */
export function explainSubject(
  refusal: Extract<AwsTrustRefusal, { clause: 'condition' }>,
  where: string,
): AwsExplanation {
  const actual = refusal.actual[0] ?? ''
  const like = /StringLike/.test(refusal.operator)
  const [nearest] = refusal.expected
    .map((written) => ({ written, difference: subjectDifference(written, actual, like) }))
    .toSorted((one, other) => distanceOf(one.difference) - distanceOf(other.difference))
  const told = nearest
    ? tell(nearest.difference, nearest.written, actual, where, mendsOf(refusal, nearest.written, actual))
    : {
        code: 'subject_differs' as const,
        sentence: `${where} names no subject at all.`,
        mend: mendsOf(refusal, '', actual).correct,
      }
  return { clause: 'condition', ...told }
}

/** What to do with the nearest value: put it right, or leave it and write another beside it. */
interface Mends {
  readonly correct: string
  readonly add: string
}

function mendsOf(
  { key, operator, expected }: Extract<AwsTrustRefusal, { clause: 'condition' }>,
  written: string,
  actual: string,
): Mends {
  const add = `add ${quoted(actual)} to the values of ${quoted(key)} under "${operator}" (several stand in a list).`
  return {
    correct:
      expected.length > 1
        ? `Write ${quoted(actual)} in the list of ${quoted(key)} instead of ${quoted(written)}.`
        : `Write ${quoted(key)}: ${quoted(actual)} under "StringEquals".`,
    add,
  }
}

function tell(
  difference: SubjectDifference,
  written: string,
  actual: string,
  where: string,
  mends: Mends,
): Told {
  const mend = mends.correct
  switch (difference.kind) {
    case 'wildcard_in_equals':
      return {
        code: 'subject_wildcard_in_equals',
        sentence: `${where} compares the subject with ${quoted(written)} letter by letter: only StringLike reads * and ?.`,
        mend,
      }
    case 'environment':
      return {
        code: 'subject_of_environment',
        sentence: `${where} wants the subject of an environment, ${quoted(written)}; a deployment's is ${quoted(actual)}.`,
        mend,
      }
    case 'scope_missing':
      return {
        code: 'subject_scope_missing',
        sentence: `${where} wants the subject ${quoted(written)}, which lacks ":scope:write" at its end.`,
        mend,
      }
    case 'incomplete':
      return {
        code: 'subject_incomplete',
        sentence: `${where} wants the subject ${quoted(written)}, which ends too early: it needs organization, project, stack, operation and ":scope:write".`,
        mend,
      }
    case 'case':
      return {
        code: 'subject_case',
        sentence: `${where} wants the subject ${quoted(written)}, which has other capital letters than ${quoted(actual)}: AWS compares case too.`,
        mend,
      }
    case 'operation_word':
      return tellOperationWord(difference, actual, where, mends)
    case 'parts':
      return tellParts(difference.parts, where, mends)
    case 'other':
      return {
        code: 'subject_differs',
        sentence: `${where} wants the subject ${quoted(written)}, but the token's is ${quoted(actual)}.`,
        mend,
      }
  }
}

/** The right word may be that of another operation than the one that runs: then both are to be written. */
function tellOperationWord(
  { written, right }: Extract<SubjectDifference, { kind: 'operation_word' }>,
  actual: string,
  where: string,
  mends: Mends,
): Told {
  const meansAnother = right !== undefined && !actual.includes(`:operation:${right}:`)
  return {
    code: 'subject_operation_word',
    sentence: `${where} names the operation ${quoted(written)}, which no token has; the words are ${OPERATIONS.join(', ')}.`,
    mend: meansAnother
      ? `Write "operation:${right}" for ${quoted(`operation:${written}`)}; if this deployment may assume the role too, ${mends.add}`
      : mends.correct,
  }
}

/** Nothing is misspelt: the role trusts somebody else, and whether it should trust this one is for people to say. */
function tellParts(parts: readonly SubjectPartDifference[], where: string, mends: Mends): Told {
  const { trusted, running } = sayParts(parts)
  return {
    code: `subject_${parts[0]?.part ?? 'stack'}_differs`,
    sentence: `The role trusts ${trusted}, but this deployment is of ${running} (${where}).`,
    mend: `If it may assume this role, ${mends.add} If not, give the stack a role of its own.`,
  }
}
