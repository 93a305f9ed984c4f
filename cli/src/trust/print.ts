/** How the trust commands speak to people: sentences broken at the width of the terminal, commands never. */
import { withoutControls } from '../output.ts'

const MARGIN = '         '
const NARROWEST = 60

export function sayLine(line: string): void {
  process.stdout.write(`${withoutControls(line)}\n`)
}

/** What is wrong, and below it how to mend it. @param label Stands in the margin of the first line. */
export function sayMend(sentence: string, mend: string, label = ''): void {
  const width = Math.max(NARROWEST, (process.stdout.columns ?? 120) - MARGIN.length)
  const lines = [...wrapped(sentence, width), ...mendLines(mend, width)]
  for (const [at, line] of lines.entries()) sayLine(`${(at === 0 ? label : '').padEnd(MARGIN.length)}${line}`)
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
