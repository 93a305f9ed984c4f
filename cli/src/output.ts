/**
 * What people and scripts see. The answer goes to standard output, everything else to standard error, so that they
 * never mix. Texts of the server may be anybody's: no control character of theirs reaches the terminal.
 */
import { stripVTControlCharacters } from 'node:util'

export function printJson(answer: unknown): void {
  const escaped = JSON.stringify(answer, null, 2).replace(
    /[\u007f-\u009f]/g,
    (character) => `\\u00${character.charCodeAt(0).toString(16)}`,
  )
  process.stdout.write(`${escaped}\n`)
}

export function printText(text: string): void {
  if (text !== '') process.stdout.write(`${withoutControls(text)}\n`)
}

/** A line about what happens meanwhile. */
export function say(line: string): void {
  process.stderr.write(`${withoutControls(line)}\n`)
}

export function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return stripVTControlCharacters(text).replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ')
}

/** Columns under their titles; one sentence when there is nothing to list. */
export function table<Row>(
  rows: readonly Row[],
  columns: Readonly<Record<string, (row: Row) => string | number | boolean | undefined>>,
  whenEmpty: string,
): string {
  if (rows.length === 0) return whenEmpty
  const lines = [
    Object.keys(columns),
    ...rows.map((row) => Object.values(columns).map((cell) => oneLine(cell(row)))),
  ]
  const widths = Object.keys(columns).map((_, index) =>
    Math.max(...lines.map((cells) => [...(cells[index] ?? '')].length)),
  )
  return lines
    .map((cells) =>
      cells
        .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - [...cell].length))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** One thing, a field a line. What is undefined is left out. */
export function record(fields: Readonly<Record<string, string | number | boolean | undefined>>): string {
  const shown = Object.entries(fields).filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(0, ...shown.map(([name]) => name.length))
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${oneLine(value)}`).join('\n')
}

function oneLine(value: string | number | boolean | undefined): string {
  if (typeof value === 'boolean') return value ? 'yes' : ''
  return withoutControls(String(value ?? '')).replaceAll('\n', ' ')
}

/** Seconds since 1970 as `2026-11-29 08:41:05`, UTC; 0 is never. */
export function timeOf(seconds: number | undefined): string {
  return seconds ? plainTime(new Date(seconds * 1000).toISOString()) : ''
}

/** Pulumi's and RFC 3339's times alike, to the second. */
export function plainTime(text: string | undefined): string {
  return (text ?? '').slice(0, 19).replace('T', ' ')
}
