/**
 * The step that everything is for: the `pulumi` command of the operation. What follows it (removing the stack,
 * remediating drift) is the server's: no token of a job could.
 */
import { join } from 'node:path'
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { StepProcess } from '../../launch/launcher.ts'
import type { StepContext, StepResult } from '../context.ts'
import { failure } from '../failure.ts'
import { beginProgramStep } from '../program-step.ts'
import { endedBadly } from '../run-step.ts'

interface PulumiCommand {
  /** The CLI watches for exactly `pulumi <operation>` and then shows engine events; it crashes on a drift word there. */
  readonly stepName: string
  readonly arguments: readonly string[]
}

/**
 * `--skip-preview`: whoever watches takes the first update of a deployment for the one that counts.
 *
 * Looking for drift succeeds whether there is some or not: the engine's summary, which the server keeps, says which.
 */
const COMMANDS: Readonly<Record<Operation, PulumiCommand>> = {
  update: { stepName: 'pulumi update', arguments: ['up', '--yes', '--skip-preview'] },
  preview: { stepName: 'pulumi preview', arguments: ['preview'] },
  refresh: { stepName: 'pulumi refresh', arguments: ['refresh', '--yes', '--skip-preview'] },
  destroy: { stepName: 'pulumi destroy', arguments: ['destroy', '--yes', '--skip-preview'] },
  'detect-drift': { stepName: 'Detect drift', arguments: ['refresh', '--preview-only'] },
  'remediate-drift': {
    stepName: 'Remediate drift',
    arguments: ['up', '--refresh', '--yes', '--skip-preview'],
  },
}

export function pulumiStepName(operation: Operation): string {
  return COMMANDS[operation].stepName
}

export async function runPulumi(context: StepContext): Promise<StepResult> {
  const { operation } = context.spec
  const bad = await pulumi(context, COMMANDS[operation].arguments)
  if (bad === undefined || typeof bad !== 'string') return bad
  return failure('program_failed', `pulumi ${COMMANDS[operation].arguments[0]} ${bad}; see its output above.`)
}

/** @returns how it ended badly, or why it could not begin. */
async function pulumi(context: StepContext, words: readonly string[]): Promise<string | StepResult> {
  const { spec, paths, findings, log } = context
  const begun = await beginProgramStep(context)
  if ('code' in begun) return begun
  const stack = `${spec.organization}/${spec.project}/${spec.stack}`
  const argv = [paths.pulumi, ...words, '--non-interactive', '--stack', stack] as const
  log.say(`$ pulumi ${argv.slice(1).join(' ')}`)
  const step: StepProcess = {
    argv,
    env: withDynamicProviders(context, begun.env),
    cwd: findings.programFolder,
    relay: 'reaches',
  }
  const { exit } = await context.run(step)
  return endedBadly(exit)
}

/** The script that starts Node.js dynamic providers comes with the program's own @pulumi/pulumi. */
function withDynamicProviders(
  { findings }: StepContext,
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  if (findings.runtime.name !== 'nodejs') return env
  const scripts = join(findings.programFolder, 'node_modules/@pulumi/pulumi')
  return { ...env, PATH: `${env['PATH'] ?? ''}:${scripts}` }
}
