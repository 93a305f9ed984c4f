/**
 * `Pre-run command N`: one line of the user's, in a shell of its own, with all that the program will have.
 */
import type { Step } from '../context.ts'
import { CREDENTIAL_NAME } from '../environment.ts'
import { type Failure, failure } from '../failure.ts'
import { beginProgramStep } from '../program-step.ts'
import { readPublished } from '../published.ts'
import { endedBadly } from '../run-step.ts'

const NO_SHELL = 'no shell'

/** What shells say when there is no such command: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_08_02 */
const NOT_FOUND = 127
const NOT_FOUND_HINT =
  ' A program in it is not there where this job runs: a sandbox has what lies below /usr of the machine of the runner, a container what is in its image.'

/** Arguments: the shell, and the command. The shell is looked up first, so that its absence is not the command's. */
const WITH_SHELL = `
command -v -- "$1" >/dev/null 2>&1 || { echo '${NO_SHELL}' >&3; exit 127; }
exec "$1" -c "$2" 3>&-
`

export function preRunCommand(command: string): Step {
  return async (context) => {
    const { spec, findings, job, log, redactor } = context
    const begun = await beginProgramStep(context)
    if ('code' in begun) return begun
    log.say(`$ ${command}`)
    const { exit, facts } = await context.run({
      argv: ['/bin/sh', '-c', WITH_SHELL, 'sh', spec.shell, command],
      env: begun.env,
      cwd: findings.programFolder,
      facts: true,
      relay: 'reaches',
      interruptGroup: true,
    })
    if (facts.startsWith(NO_SHELL)) {
      return failure(
        'pre_run_failed',
        `The shell ${JSON.stringify(spec.shell)} is not there where this job runs; choose another in operationContext.options.shell (bash and sh are nearly everywhere).`,
      )
    }
    const bad = endedBadly(exit)
    if (bad) {
      const hint = exit.kind === 'exited' && exit.exitCode === NOT_FOUND ? NOT_FOUND_HINT : ''
      return failure(
        'pre_run_failed',
        `The pre-run command ${JSON.stringify(shortened(command))} ${bad}.${hint}`,
      )
    }

    const { variables, ignoredLines, refused } = await readPublished(job.folder.environmentFile)
    for (const [name, value] of variables) {
      if (CREDENTIAL_NAME.test(name) && !redactor.addFromUser(value)) return tooLargeToHide(name)
      if (findings.published.get(name) !== value)
        log.say(`PULUMI_ENV sets ${name} for the steps that follow.`)
      findings.published.set(name, value)
    }
    if (refused.length > 0) {
      log.say(
        `PULUMI_ENV: ${refused.slice(0, 10).map(shortened).join(', ')} cannot be set there, for every step gets its own. (The stack's environment variables may.)`,
      )
    }
    if (ignoredLines.length > 0) {
      log.say(
        `PULUMI_ENV: lines ${ignoredLines.slice(0, 10).join(', ')} are not of the form NAME=value and are left out.`,
      )
    }
    return undefined
  }
}

function tooLargeToHide(name: string): Failure {
  return failure(
    'secrets_too_large',
    `The value that PULUMI_ENV sets for ${name} is too large to be hidden in the log; make it smaller, or hand it on in a file.`,
  )
}

function shortened(command: string): string {
  return command.length > 100 ? `${command.slice(0, 100)}…` : command
}
