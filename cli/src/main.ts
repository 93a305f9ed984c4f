/**
 * `daypass`, the command line.
 *
 * Owns: reading arguments and the environment, and starting the other programs as processes.
 * Does not own: what they do. It speaks to a server over HTTP only and imports neither server nor runner.
 */
import { Command } from 'commander'
import { addBackupCommands } from './commands/backup.ts'
import { addIssuerCommands } from './commands/issuer.ts'
import { addKeyCommands } from './commands/key.ts'
import { addOrganizationCommands } from './commands/organization.ts'
import { addProgramCommands } from './commands/programs.ts'
import { addStackCommands } from './commands/stack.ts'
import { addStartCommand } from './commands/start.ts'
import { addTrustCommands } from './commands/trust.ts'
import { FailedCommand } from './failed-command.ts'
import { withProvidedPulumi } from './provided-pulumi.ts'

const program = new Command('daypass')
  .description('Runs Pulumi deployments on your own machines with temporary cloud credentials.')
  .version('0.1.0')
  .showHelpAfterError('(add --help for what is possible)')

const surroundings = { env: withProvidedPulumi(process.env), fetch: globalThis.fetch }
addStartCommand(program, surroundings)
addProgramCommands(program, surroundings)
addOrganizationCommands(program, surroundings)
addIssuerCommands(program, surroundings)
addKeyCommands(program, surroundings)
addStackCommands(program, surroundings)
addBackupCommands(program, surroundings)
addTrustCommands(program, surroundings)

try {
  await program.parseAsync(process.argv)
} catch (error) {
  if (!(error instanceof FailedCommand)) throw error
  process.stderr.write(`daypass: ${error.message}\n`)
  process.exitCode = error.exitCode
}
