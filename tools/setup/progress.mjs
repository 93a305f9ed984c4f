// Shows what takes longer than a second: one line that updates itself on a terminal, plain lines elsewhere.
// It writes to standard error, so that the output of the command itself stays alone on standard output.

const SHOWN_AFTER_SECONDS = 1
const PLAIN_LINE_EVERY_SECONDS = 30

/**
 * @typedef {object} Progress
 * @property {(detail: string) => void} note what is going on now, for example "42%"
 * @property {() => void} done the work succeeded
 * @property {() => void} stop the work ended some other way; whoever ends it says why
 */

/**
 * @param {string} title what is being done, for example "Installing the dependencies"
 * @param {{ write: (text: string) => unknown, isTTY?: boolean | undefined }} [stream]
 * @param {() => number} [now] milliseconds
 * @returns {Progress}
 */
export function showProgress(title, stream = process.stderr, now = Date.now) {
  const startedAt = now()
  let detail = ''
  let shownAtSeconds = -1

  const seconds = () => Math.round((now() - startedAt) / 1000)
  const draw = () => {
    const elapsed = seconds()
    const line = `${title} … ${detail === '' ? '' : `${detail}, `}${elapsed} s`
    if (stream.isTTY) stream.write(`\r\x1b[2K${line}`)
    else if (shownAtSeconds < 0 || elapsed - shownAtSeconds >= PLAIN_LINE_EVERY_SECONDS)
      stream.write(`${line}\n`)
    else return
    shownAtSeconds = elapsed
  }
  const timer = setInterval(draw, SHOWN_AFTER_SECONDS * 1000)
  timer.unref()

  const clear = () => {
    clearInterval(timer)
    if (stream.isTTY && shownAtSeconds >= 0) stream.write('\r\x1b[2K')
  }
  return {
    note: (text) => {
      detail = text
    },
    done: () => {
      clear()
      if (shownAtSeconds >= 0) stream.write(`${title}: done in ${seconds()} s\n`)
    },
    stop: clear,
  }
}
