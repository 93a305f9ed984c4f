/**
 * The log of a deployment as a page shows it: rows, of which some begin a step and the others are lines. Rows only ever
 * come at the end, so that a line keeps its number and its address.
 */

/** As the server's tail tells it. */
export interface TailLine {
  readonly header?: string
  readonly timestamp?: string
  /** With its newline, if it has one. */
  readonly line?: string
}

export type LogRow =
  | { readonly kind: 'step'; readonly step: number; readonly name: string }
  | { readonly kind: 'line'; readonly step: number; readonly number: number; readonly text: string }

export interface Log {
  readonly rows: readonly LogRow[]
  readonly steps: number
  readonly lines: number
  /** What follows belongs to the last line, which has had no newline yet. */
  readonly isOpen: boolean
}

export const EMPTY_LOG: Log = { rows: [], steps: 0, lines: 0, isOpen: false }

export function append(log: Log, tail: readonly TailLine[]): Log {
  if (tail.length === 0) return log
  const rows = [...log.rows]
  let { steps, lines, isOpen } = log
  for (const { header, line } of tail) {
    if (header !== undefined) {
      rows.push({ kind: 'step', step: steps, name: header })
      steps += 1
      isOpen = false
      continue
    }
    for (const piece of (line ?? '').split(/(?<=\n)/)) {
      const text = piece.replace(/\r?\n$/, '')
      const last = rows.at(-1)
      if (isOpen && last?.kind === 'line') {
        rows[rows.length - 1] = { ...last, text: last.text + text }
      } else {
        lines += 1
        rows.push({ kind: 'line', step: Math.max(0, steps - 1), number: lines, text })
      }
      isOpen = !piece.endsWith('\n')
    }
  }
  return { rows, steps, lines, isOpen }
}

/** The rows to show when these steps are folded. */
export function unfolded(rows: readonly LogRow[], folded: ReadonlySet<number>): readonly LogRow[] {
  if (folded.size === 0) return rows
  return rows.filter((row) => row.kind === 'step' || !folded.has(row.step))
}

/** Places among the rows whose line holds the words, in any case, colors left out. */
export function placesOf(rows: readonly LogRow[], words: string): number[] {
  const wanted = words.toLowerCase()
  if (wanted === '') return []
  return rows.flatMap((row, place) =>
    row.kind === 'line' && withoutColors(row.text).toLowerCase().includes(wanted) ? [place] : [],
  )
}

/** The whole log as a file. */
export function textOf(rows: readonly LogRow[]): string {
  return rows
    .map((row) => (row.kind === 'step' ? `\n== ${row.name}\n` : `${withoutColors(row.text)}\n`))
    .join('')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g

export function withoutColors(text: string): string {
  return text.replace(ESCAPES, '')
}
