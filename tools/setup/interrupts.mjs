// Ctrl-C and its relatives. During the set-up an interrupt ends the step under way, which cleans up after itself;
// once the command runs, the interrupt is the command's to handle.
import { constants } from 'node:os'

const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])

/** @typedef {(typeof SIGNALS)[number]} InterruptSignal */

/** The set-up was told to stop. */
export class Interrupted extends Error {
  /** @param {InterruptSignal} signal */
  constructor(signal) {
    super(`Interrupted by ${signal}`)
    this.name = 'Interrupted'
    this.exitCode = exitCodeOf(signal)
  }
}

/**
 * @param {NodeJS.Signals} signal
 * @returns {number} the exit code by which shells report a death by this signal
 */
export function exitCodeOf(signal) {
  return 128 + constants.signals[signal]
}

/**
 * @typedef {object} Interrupts
 * @property {AbortSignal} signal aborts with an {@link Interrupted}
 * @property {(receive: (signal: InterruptSignal) => void) => void} handTo from now on interrupts go to this receiver
 */

/** @returns {Interrupts} */
export function listenForInterrupts() {
  const controller = new AbortController()
  /** @type {(signal: InterruptSignal) => void} */
  let receive = (signal) => controller.abort(new Interrupted(signal))
  for (const signal of SIGNALS) process.on(signal, () => receive(signal))
  return {
    signal: controller.signal,
    handTo: (next) => {
      receive = next
    },
  }
}
