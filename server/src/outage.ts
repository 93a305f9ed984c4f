/**
 * Something that the server needs cannot be reached now, and may be back in a moment: an answer of 503.
 *
 * Its message is for the log. What a stranger may read stands beside it: no path, no name of a machine.
 */
export class Outage extends Error {
  override readonly name = 'Outage'
  /** A stable code. */
  readonly reason: string
  readonly sentence: string

  constructor(
    message: string,
    { reason, sentence, cause }: { reason: string; sentence: string; cause?: unknown },
  ) {
    super(message, { cause })
    this.reason = reason
    this.sentence = sentence
  }
}
