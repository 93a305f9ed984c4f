/**
 * What is said while a command waits: one line that is written over at a terminal, a line for each change elsewhere.
 * It goes to standard error.
 */
import { withoutControls } from './output.ts'

export interface Progress {
  /** Says it unless it was said last. */
  readonly say: (line: string) => void
  /** Leaves no half line behind. */
  readonly end: () => void
}

export function openProgress(
  stream: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number } = process.stderr,
): Progress {
  let shown = ''
  return {
    say(line) {
      const text = withoutControls(line)
      if (text === shown) return
      if (!stream.isTTY) stream.write(`${text}\n`)
      else stream.write(`\r\u001b[K${text.slice(0, (stream.columns ?? 80) - 1)}`)
      shown = text
    },
    end() {
      if (stream.isTTY && shown !== '') stream.write('\n')
      shown = ''
    },
  }
}
