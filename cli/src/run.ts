/** One call of `daypass`, from its words to its exit code. */
import { CommanderError } from 'commander'
import { EXIT } from './exit-code.ts'
import { FailedCommand, type Surroundings } from './failed-command.ts'
import { say } from './output.ts'
import { createProgram } from './program.ts'

/**
 * @param words without the names of the programs.
 * @returns the exit code. Bugs throw.
 */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    await createProgram(surroundings).parseAsync(words, { from: 'user' })
    // Some answer and fail all the same: what they waited for failed.
    return Number(process.exitCode ?? EXIT.done)
  } catch (error) {
    // It has said what was wrong, or what help was asked for.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.misused
    if (!(error instanceof FailedCommand)) throw error
    say(`daypass: ${error.message}`)
    return error.exitCode
  }
}
