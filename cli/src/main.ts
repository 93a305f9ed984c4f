/**
 * `daypass`, the command line.
 *
 * Owns: reading arguments and the environment. Does not own: the commands (`program.ts`). It speaks to a server over
 * HTTP only and imports neither server nor runner.
 */
import { EXIT } from './exit-code.ts'
import { withProvidedPulumi } from './provided-pulumi.ts'
import { run } from './run.ts'

// Whoever reads our output may stop reading (`daypass … | head`): that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(EXIT.done)
})

process.exitCode = await run(process.argv.slice(2), {
  env: withProvidedPulumi(process.env),
  fetch: globalThis.fetch,
  now: () => new Date(),
  folder: process.cwd(),
  input: process.stdin,
})
