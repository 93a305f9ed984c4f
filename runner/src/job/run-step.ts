/**
 * Runs one process of a step: its output into the log, its life under the job's supervision.
 */
import type { Job, Launcher, StepExit, StepProcess } from '../launch/launcher.ts'
import type { StepLog } from './log.ts'
import type { Supervision } from './supervise.ts'

export interface RunStepOptions {
  readonly launcher: Launcher
  readonly job: Job
  readonly log: StepLog
  readonly supervision: Supervision
}

export async function runStep(
  { launcher, job, log, supervision }: RunStepOptions,
  step: StepProcess,
  timeout?: AbortSignal,
): Promise<{ exit: StepExit; facts: string }> {
  const running = launcher.run(job, step)
  const onInterrupt = (): void => {
    const why = supervision.ending()?.message
    if (why) log.say(`${why} Asking the program to stop and to save its work.`)
    running.interrupt()
  }
  const onKill = (): void => {
    log.say('The program did not stop in time; ending it.')
    running.kill()
  }
  const watch = new AbortController()
  const until = { signal: watch.signal, once: true }
  supervision.interrupt.addEventListener('abort', onInterrupt, until)
  supervision.kill.addEventListener('abort', onKill, until)
  timeout?.addEventListener('abort', () => running.kill(), until)
  if (supervision.interrupt.aborted) running.interrupt()
  if (supervision.kill.aborted || timeout?.aborted) running.kill()
  try {
    const [ended] = await Promise.all([running.ended, log.output(running.output)])
    return ended
  } finally {
    watch.abort()
  }
}

/** How a process ended, in words; undefined when it succeeded. */
export function endedBadly(exit: StepExit): string | undefined {
  switch (exit.kind) {
    case 'exited':
      return exit.exitCode === 0 ? undefined : `ended with exit code ${exit.exitCode}`
    case 'signalled':
      return `was ended by ${exit.signal}`
    case 'not_started':
      return `could not be started: ${exit.reason}`
  }
}
