/**
 * `daypass`, the command line.
 *
 * Owns: reading arguments and the environment, and how it ends. Does not own: the commands (`program.ts`). It speaks to
 * a server over HTTP only and imports neither server nor runner.
 */
import { CommanderError } from 'commander'
import { EXIT } from './exit-code.ts'
import { FailedCommand } from './failed-command.ts'
import { say } from './output.ts'
import { createProgram } from './program.ts'
import { withProvidedPulumi } from './provided-pulumi.ts'

// Whoever reads our output may stop reading (`daypass … | head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT.done)
})

const program = createProgram({
  env: withProvidedPulumi(process.env),
  fetch: globalThis.fetch,
  now: () => new Date(),
  folder: process.cwd(),
  input: process.stdin,
})

try {
  await program.parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError) {
    // It has said what was wrong, or what help was asked for.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.misused
  } else if (error instanceof FailedCommand) {
    say(`daypass: ${error.message}`)
    process.exitCode = error.exitCode
  } else throw error
}
