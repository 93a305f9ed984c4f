/** What came of an event, for whoever looks at the delivery: stack by stack where something was asked, and counts where not. */
import type { Handled, Outcome } from '../git-deliveries/delivery.ts'
import type { Asked } from './deploy.ts'
import type { IgnoredCode } from './rules.ts'

export class Tally {
  readonly #stacks: Asked[] = []
  readonly #notConcerned = new Map<string, number>()
  readonly #problems: string[] = []

  asked(outcome: Asked): void {
    this.#stacks.push(outcome)
  }

  ignored(code: IgnoredCode): void {
    this.#notConcerned.set(code, (this.#notConcerned.get(code) ?? 0) + 1)
  }

  problem(sentence: string): void {
    this.#problems.push(sentence)
  }

  handled(): Handled {
    const outcome: Outcome = {
      ...(this.#problems.length > 0 && { problem: this.#problems.join(' ') }),
      stacks: this.#stacks.map(({ tryAgain: _tryAgain, ...stack }) => stack),
      ...(this.#notConcerned.size > 0 && { notConcerned: Object.fromEntries(this.#notConcerned) }),
    }
    return { outcome, tryAgain: this.#stacks.some(({ tryAgain }) => tryAgain === true) }
  }
}

export function nothingToDo(ignored: string): Handled {
  return { outcome: { ignored }, tryAgain: false }
}
