/** How the trust commands speak to people: sentences broken at the width of the terminal, commands never. */

const MARGIN = '         '
const NARROWEST = 60

export function sayLine(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** What is wrong, and below it how to mend it. */
export function sayMend(sentence: string, mend: string): void {
  const width = Math.max(NARROWEST, (process.stdout.columns ?? 120) - MARGIN.length)
  for (const line of [...wrapped(sentence, width), ...mendLines(mend, width)]) sayLine(`${MARGIN}${line}`)
}

/** `Run: <command>` ends a mend, and stays in one piece to be copied. */
function mendLines(mend: string, width: number): readonly string[] {
  const [, before = '', command] = /^(.*?)(?:Run|run): (.+)$/.exec(mend) ?? [undefined, mend, undefined]
  const spoken = wrapped(command === undefined ? mend : `${before}Run:`.trim(), width)
  return command === undefined ? spoken : [...spoken, `  ${command}`]
}

/** Broken at blanks; what is longer than the line stays whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (longer.length <= width || line === '') line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}
