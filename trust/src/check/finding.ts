/** What is found in a document about trust before anybody is refused, or let in, by it. */

/** `error`: somebody who was meant is kept out, or a stranger let in. `notice`: lawful, and worth a thought. */
export type TrustSeverity = 'error' | 'warning' | 'notice'

export interface TrustFinding {
  readonly severity: TrustSeverity
  /** Stable. Those of explanations too: `subject_operation_word`, … */
  readonly code: string
  readonly sentence: string
  readonly mend: string
}

/** Each once, the worst first. */
export function inOrder(findings: readonly TrustFinding[]): readonly TrustFinding[] {
  const once = new Map(findings.map((finding) => [`${finding.code} ${finding.sentence}`, finding]))
  const rank = { error: 0, warning: 1, notice: 2 }
  return [...once.values()].toSorted((one, other) => rank[one.severity] - rank[other.severity])
}
