/** Pre-run commands as one text. Pure. */

export function commandsText(saved: readonly string[] | undefined): string {
  return (saved ?? []).join('\n')
}

/**
 * One a line, but a saved command of several lines, which only the API can set, stays one as long as nobody changes it.
 *
 * @returns Null, which removes them, where there is none.
 */
export function commandsIn(text: string, saved: readonly string[]): string[] | null {
  const long = saved.filter((one) => one.includes('\n'))
  const found: string[] = []
  for (let rest = text; rest !== ''; ) {
    const kept = long.find((one) => rest === one || rest.startsWith(`${one}\n`))
    const [line = ''] = rest.split('\n', 1)
    const command = kept ?? line.trim()
    if (command !== '') found.push(command)
    rest = rest.slice((kept ?? line).length + 1)
  }
  return found.length === 0 ? null : found
}
