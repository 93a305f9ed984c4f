/** The log as rows on the screen, a step's heading and its lines: which row is where, without a list of 200,000. */
import { hasBegun, type Log, type LogStep } from './log.ts'

export type LogRow =
  | { readonly kind: 'step'; readonly step: LogStep }
  | { readonly kind: 'line'; readonly number: number; readonly text: string }

export interface Rows {
  readonly count: number
  at(place: number): LogRow | undefined
  /** -1 when it is folded away, or not there yet. */
  placeOf(lineNumber: number): number
  /** The step of a line. */
  stepOf(lineNumber: number): number | undefined
}

interface Section {
  readonly step: LogStep
  /** Of its heading. */
  readonly place: number
  /** Of its first line. */
  readonly number: number
  readonly isFolded: boolean
}

export function rowsOf({ steps }: Log, folded: ReadonlySet<number>): Rows {
  const sections: Section[] = []
  let place = 0
  let number = 1
  for (const step of steps.filter(hasBegun)) {
    const isFolded = folded.has(step.step)
    sections.push({ step, place, number, isFolded })
    place += 1 + (isFolded ? 0 : step.lines.length)
    number += step.lines.length
  }
  const sectionOf = (line: number) =>
    sections.find((one) => line >= one.number && line < one.number + one.step.lines.length)
  return {
    count: place,
    at(wanted) {
      const section = sections.findLast((one) => one.place <= wanted)
      if (section === undefined || wanted >= place) return undefined
      if (wanted === section.place) return { kind: 'step', step: section.step }
      const index = wanted - section.place - 1
      const text = section.step.lines[index]
      return text === undefined ? undefined : { kind: 'line', number: section.number + index, text }
    },
    placeOf(line) {
      const section = sectionOf(line)
      return section === undefined || section.isFolded ? -1 : section.place + 1 + line - section.number
    },
    stepOf: (line) => sectionOf(line)?.step.step,
  }
}
