/** A set-up that cannot go on for a reason that the user can repair. The message is the whole sentence to show. */
export class SetupFailure extends Error {
  /**
   * @param {string} sentence what is wrong and what to do
   * @param {string} [output] what the failed program printed, shown above the sentence
   */
  constructor(sentence, output = '') {
    super(sentence)
    this.name = 'SetupFailure'
    this.output = output
  }
}
