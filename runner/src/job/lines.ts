/**
 * Turns what a step prints into redacted log lines, whatever the chunks it arrives in.
 */
import { StringDecoder } from 'node:string_decoder'
import type { Redactor } from './redact.ts'

/** A line without an end is cut when it is longer than this, in characters. */
export const LONGEST_LINE = 48_000
/** Kept back from a cut, so that a secret at the cut is seen whole. Longer than any secret that is looked for. */
const KEPT_BACK = 16_000

/** Lines with their newline; the last one, and pieces of a line that was cut, without. */
export async function* redactedLines(
  output: AsyncIterable<Buffer>,
  redactor: Redactor,
): AsyncGenerator<string[]> {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  for await (const chunk of output) {
    const lines = (rest + decoder.write(chunk)).split('\n')
    rest = lines.pop() ?? ''
    const ready = lines.flatMap((line) => pieces(`${line}\n`, redactor))
    while (rest.length > LONGEST_LINE + KEPT_BACK) {
      const cut = cutBefore(rest, redactor)
      ready.push(tidy(redactor.redact(rest.slice(0, cut))))
      rest = rest.slice(cut)
    }
    if (ready.length > 0) yield ready
  }
  rest += decoder.end()
  if (rest !== '') yield pieces(rest, redactor)
}

function pieces(line: string, redactor: Redactor): string[] {
  const result: string[] = []
  let rest = redactor.redact(line)
  while (rest.length > LONGEST_LINE) {
    result.push(tidy(rest.slice(0, LONGEST_LINE)))
    rest = rest.slice(LONGEST_LINE)
  }
  return [...result, tidy(rest)]
}

/** Where to cut so that no secret is cut in two. */
function cutBefore(text: string, redactor: Redactor): number {
  const secret = redactor.spans(text).find(({ start, end }) => start < LONGEST_LINE && end > LONGEST_LINE)
  return secret && secret.start > 0 ? secret.start : (secret?.end ?? LONGEST_LINE)
}

/** What a database cannot keep as text: NUL, and half of a character that was cut in two. */
function tidy(line: string): string {
  return line.replaceAll('\0', '\uFFFD').toWellFormed()
}
