/**
 * Turns what a step prints into redacted log lines, whatever the chunks it arrives in.
 */
import { StringDecoder } from 'node:string_decoder'
import type { Redactor } from './redact.ts'

/** A line without an end is cut when it is longer than this, in characters. */
export const LONGEST_LINE = 48_000
/** Kept back from a cut, so that a token at the cut is seen whole. Longer than any token, or piece of a secret. */
const KEPT_BACK = 16_000

/** Lines with their newline; the last one, and pieces of a line that was cut, without. */
export async function* redactedLines(
  output: AsyncIterable<Buffer>,
  redactor: Redactor,
): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  /** So many characters at the beginning of `rest` are of a secret that began before it. */
  let hidden = 0
  for await (const chunk of output) {
    const lines = decoder.write(chunk).split('\n')
    lines[0] = rest + (lines[0] ?? '')
    rest = lines.pop() ?? ''
    const ready: string[] = []
    for (const line of lines) {
      ready.push(...pieces(`${line}\n`, redactor, hidden))
      hidden = 0
    }
    while (rest.length > LONGEST_LINE + KEPT_BACK) {
      const cut = cutBefore(rest, redactor, hidden)
      ready.push(tidy(redactor.redactFrom(Math.max(hidden, cut.covered), rest.slice(0, cut.at))))
      rest = rest.slice(cut.at)
      hidden = cut.hidden
    }
    if (ready.length > 0) yield ready
  }
  rest += decoder.end()
  if (rest !== '') yield pieces(rest, redactor, hidden)
}

function pieces(line: string, redactor: Redactor, hidden: number): string[] {
  const result: string[] = []
  let rest = redactor.redactFrom(hidden, line)
  while (rest.length > LONGEST_LINE) {
    result.push(tidy(rest.slice(0, LONGEST_LINE)))
    rest = rest.slice(LONGEST_LINE)
  }
  return [...result, tidy(rest)]
}

interface Cut {
  readonly at: number
  /** So many characters before the cut are of a secret that goes on behind it … */
  readonly covered: number
  /** … for so many more, or further: what is not seen yet is found by its own pieces. */
  readonly hidden: number
}

/** Before the secret that lies across the end of the longest line; in the middle of one that fills all of it. */
function cutBefore(text: string, redactor: Redactor, hidden: number): Cut {
  const across = redactor
    .spans(text, hidden)
    .find(({ start, end }) => start < LONGEST_LINE && end > LONGEST_LINE)
  if (!across) return { at: LONGEST_LINE, covered: 0, hidden: 0 }
  return across.start > 0
    ? { at: across.start, covered: 0, hidden: 0 }
    : { at: LONGEST_LINE, covered: LONGEST_LINE, hidden: across.end - LONGEST_LINE }
}

/** What a database cannot keep as text: NUL, and half of a character that was cut in two. */
function tidy(line: string): string {
  return line.replaceAll('\0', '\uFFFD').toWellFormed()
}
