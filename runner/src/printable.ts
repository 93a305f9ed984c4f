/**
 * Text of a stranger's, for a terminal: without the control characters that would move its cursor, change its colours
 * or add lines that nobody wrote.
 */

/** C0 (tab, line breaks and escape included), DEL, C1, line separators, and marks that turn the direction of writing. */
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

export function printable(text: string): string {
  return text.replace(CONTROLS, '\u{FFFD}')
}
