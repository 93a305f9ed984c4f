/** Text that came from outside, inside a sentence for a person. */

/** How long a part that came from outside may be when it stands in a sentence. */
const LONGEST_QUOTE = 300

/** Text from a policy or a token inside a sentence: quoted, on one line, and not endless. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text)
}

/** Several of them: `"a", "b" and 3 more`. */
export function quotedList(texts: readonly string[]): string {
  const shown = texts.slice(0, 5).map(quoted).join(', ')
  return texts.length > 5 ? `${shown} and ${texts.length - 5} more` : shown
}
