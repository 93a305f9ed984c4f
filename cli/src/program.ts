/**
 * The command tree: every command of `daypass`, once. The help, the completion and `docs/cli.md` are made from it.
 *
 * Owns: which commands there are, and in which order they are shown. Does not own: what they do (`commands/`).
 */
import { Command } from 'commander'
import { addMemberCommands } from './commands/access/members.ts'
import { addOidcCommands } from './commands/access/oidc.ts'
import { addTeamCommands } from './commands/access/teams.ts'
import { addTokenCommands } from './commands/access/tokens.ts'
import { addUserCommands } from './commands/access/users.ts'
import { addAuditCommands } from './commands/audit.ts'
import { addBackupCommands } from './commands/backup.ts'
import { addCompletionCommands } from './commands/completion.ts'
import { addPauseCommands } from './commands/deployment/pause.ts'
import { addQueueCommand } from './commands/deployment/queue.ts'
import { addWaitCommand } from './commands/deployment/wait.ts'
import { addGitHostCommands } from './commands/git-host/commands.ts'
import { addConnectCommand } from './commands/git-host/connect.ts'
import { addIdentityCommands } from './commands/identity.ts'
import { addIssuerCommands } from './commands/issuer.ts'
import { addKeyCommands } from './commands/key.ts'
import { addOrganizationCommands } from './commands/organization.ts'
import { addPoolCommands } from './commands/pool/commands.ts'
import { addProgramCommands } from './commands/programs.ts'
import { addScheduleCommands } from './commands/schedule.ts'
import { addStackCommands } from './commands/stack.ts'
import { addStartCommand } from './commands/start.ts'
import { addTrustCommands } from './commands/trust.ts'
import { addUsageCommand } from './commands/usage.ts'
import { addWebhookCommands } from './commands/webhook/commands.ts'
import { EXIT_MEANINGS } from './exit-code.ts'
import type { Surroundings } from './failed-command.ts'

export function createProgram(surroundings: Surroundings): Command {
  const program = new Command('daypass')
    .description('Runs Pulumi deployments on your own machines with temporary cloud credentials.')
    .version('0.1.0')
    .showHelpAfterError('(add --help for what is possible)')
    // Before the commands, which take it over: whoever parses decides how it ends.
    .exitOverride()
    .addHelpText('after', exitCodes)
  program.commandsGroup('Run it:')
  addStartCommand(program, surroundings)
  addProgramCommands(program, surroundings)
  program.commandsGroup('Deployments:')
  addQueueCommand(program, surroundings)
  addPauseCommands(program, surroundings)
  addWaitCommand(program, surroundings)
  addScheduleCommands(program, surroundings)
  addWebhookCommands(program, surroundings)
  addConnectCommand(program, surroundings)
  addGitHostCommands(program, surroundings)
  addUsageCommand(program, surroundings)
  program.commandsGroup('Who may what:')
  addOrganizationCommands(program, surroundings)
  addMemberCommands(program, surroundings)
  addTeamCommands(program, surroundings)
  addTokenCommands(program, surroundings)
  addUserCommands(program, surroundings)
  addOidcCommands(program, surroundings)
  addPoolCommands(program, surroundings)
  addIdentityCommands(program, surroundings)
  program.commandsGroup('Operate the installation:')
  addBackupCommands(program, surroundings)
  addKeyCommands(program, surroundings)
  addIssuerCommands(program, surroundings)
  addAuditCommands(program, surroundings)
  addStackCommands(program, surroundings)
  addTrustCommands(program, surroundings)
  addCompletionCommands(program, surroundings)
  return program
}

function exitCodes(): string {
  const lines = Object.entries(EXIT_MEANINGS).map(([code, meaning]) => `  ${code.padEnd(5)} ${meaning}`)
  return ['', 'Exit codes:', ...lines].join('\n')
}
