/**
 * The process cannot start, and the person who started it can do something about it.
 *
 * `main.ts` prints the sentence alone; any other error is a bug and is printed with its stack.
 */
export class StartRefusal extends Error {
  override readonly name = 'StartRefusal'
}
