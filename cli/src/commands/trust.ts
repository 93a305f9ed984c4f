/** `daypass trust …`: the trust engine at the prompt. Nothing is asked of a cloud, and nothing leaves the machine. */
import type { Command } from 'commander'
import type { Surroundings } from '../failed-command.ts'
import { addCheckCommand } from '../trust/check.ts'
import { addExplainCommand } from '../trust/explain.ts'
import { addGenerateCommands } from '../trust/generate.ts'

export function addTrustCommands(program: Command, surroundings: Surroundings): void {
  const trust = program
    .command('trust')
    .description('write, explain and check who is let in by AWS, Azure and Google Cloud, on this machine')
  addExplainCommand(trust, surroundings)
  addCheckCommand(trust, surroundings)
  addGenerateCommands(trust, surroundings)
}
