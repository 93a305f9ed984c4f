/** How an explanation of any cloud is written into a log. */

export interface LoggedExplanation {
  readonly code: string
  readonly sentence: string
  readonly mend: string
  /** What to look at, one sentence each. */
  readonly checks?: readonly string[]
  /** Ready to paste. */
  readonly trustPolicy?: string | undefined
}

/** How our mends begin; what is quoted from a policy may fit too, and so the lines that follow are set in. */
const BETWEEN_SENTENCES = /(?<=[.)]) (?=(?:If|Write|Run|Create|In|Use) )/

/** A sentence of the mend on each line. */
export function linesOfExplanation(explanation: LoggedExplanation): readonly string[] {
  const { code, sentence, mend, checks = [], trustPolicy } = explanation
  return [
    `${sentence} [${code}]`,
    ...`What to change: ${mend}`.split(BETWEEN_SENTENCES).map((line, at) => (at === 0 ? line : `  ${line}`)),
    ...checks.map((check) => `  - ${check}`),
    ...(trustPolicy === undefined
      ? []
      : ['A trust policy that lets in this subject and no other:', ...trustPolicy.split('\n')]),
  ]
}
