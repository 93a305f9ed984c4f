/** `daypass trust …`: the trust engine at the prompt. No cloud is asked, and documents never leave the machine. */
import type { Command } from 'commander'
import type { Surroundings } from '../failed-command.ts'
import { addCheckCommand } from '../trust/check.ts'
import { addExplainCommand } from '../trust/explain.ts'
import { addGenerateCommands } from '../trust/generate.ts'
import { addShowCommand } from '../trust/show.ts'

export function addTrustCommands(program: Command, surroundings: Surroundings): void {
  const trust = program
    .command('trust')
    .description('write, explain and check who is let in by AWS, Azure and Google Cloud')
  addShowCommand(trust, surroundings)
  addExplainCommand(trust, surroundings)
  addCheckCommand(trust, surroundings)
  addGenerateCommands(trust, surroundings)
}
