/**
 * `Pre-run command N`: one line of the user's, in a shell of its own, with all that the program will have.
 */
import type { Step } from '../context.ts'
import { programEnvironment } from '../environment.ts'
import { failure } from '../failure.ts'
import { readPublished } from '../published.ts'
import { endedBadly } from '../run-step.ts'

export function preRunCommand(command: string): Step {
  return async (context) => {
    const { spec, findings, job, log } = context
    const token = await context.tokens?.forStep()
    if (token && 'code' in token) return token
    log.say(`$ ${command}`)
    const { exit } = await context.run({
      argv: [spec.shell, '-c', command],
      env: programEnvironment(context, token?.token),
      cwd: findings.programFolder,
      interruptGroup: true,
    })
    const bad = endedBadly(exit)
    if (bad)
      return failure('pre_run_failed', `The pre-run command ${JSON.stringify(shortened(command))} ${bad}.`)

    const { variables, ignoredLines } = await readPublished(job.folder.environmentFile)
    for (const [name, value] of variables) {
      if (findings.published.get(name) !== value)
        log.say(`PULUMI_ENV sets ${name} for the steps that follow.`)
      findings.published.set(name, value)
    }
    if (ignoredLines.length > 0) {
      log.say(
        `PULUMI_ENV: lines ${ignoredLines.slice(0, 10).join(', ')} are not of the form NAME=value and are left out.`,
      )
    }
    return undefined
  }
}

function shortened(command: string): string {
  return command.length > 100 ? `${command.slice(0, 100)}…` : command
}
