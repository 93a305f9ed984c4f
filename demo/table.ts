/** The table at the end: what happened, and whether it is what should have happened. */

export interface Row {
  readonly name: string
  readonly value: string
  readonly holds: boolean
}

export function printTable(rows: readonly Row[], write: (text: string) => void): void {
  const width = Math.max(...rows.map((row) => row.name.length))
  for (const { name, value, holds } of rows) write(`${holds ? '✓' : '✗'} ${name.padEnd(width)}  ${value}\n`)
}
