/** `daypass deployment wait`: until it has ended, saying meanwhile what it does or waits for. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DEPLOYMENT_PATH,
  DEPLOYMENT_VERSION_PATH,
  GetDeploymentResponse,
} from '@daypass/contract/deployments.ts'
import { Argument, type Command, Option } from 'commander'
import { parseDurationSeconds } from '../../duration.ts'
import { EXIT } from '../../exit-code.ts'
import { FailedCommand, type Surroundings } from '../../failed-command.ts'
import { plainTime, record } from '../../output.ts'
import { openProgress } from '../../progress.ts'
import { addServerCommand, stackOption } from '../../server-command.ts'
import type { Session } from '../../session.ts'
import { type StackName, stackPath, stackText } from '../../stack-name.ts'

const ASK_EVERY_MS = 1000
/** A server that is started anew is away for a moment; what we wait for goes on meanwhile. */
const PATIENCE_MS = 60_000

interface WaitOptions {
  readonly timeout?: number
}

export function addWaitCommand(program: Command, surroundings: Surroundings): void {
  const deployment = program.command('deployment').description('what `pulumi deployment` has not')
  addServerCommand(deployment, surroundings, {
    name: 'wait',
    summary: 'wait until a deployment has ended; fail unless it succeeded',
    arguments: [new Argument('<deployment>', 'its id, or its number in its stack')],
    options: [
      stackOption(),
      new Option('--timeout <time>', 'wait no longer than this, such as 30m (default: for ever)').argParser(
        parseDurationSeconds,
      ),
    ],
    example: 'daypass deployment wait 42 --stack acme/web/dev --timeout 30m',
    answer: GetDeploymentResponse,
    run: (session, options: WaitOptions, deployment = '') =>
      waitFor(session, deployment, options, surroundings),
    show: ({ id, version, pulumiOperation, projectName, stackName, status, failure, modified }) =>
      record({
        deployment: `${projectName}/${stackName} ${version}`,
        id,
        operation: pulumiOperation,
        status,
        ended: plainTime(modified),
        failure: failure && `${failure.message} [${failure.code}]`,
      }),
    failure: ({ status, version }) =>
      status === 'succeeded' ? undefined : `deployment ${version} ended as ${status}.`,
  })
}

async function waitFor(
  session: Session,
  given: string,
  { timeout }: WaitOptions,
  { now }: Surroundings,
): Promise<GetDeploymentResponse> {
  const stack = await session.stack()
  const path = pathOf(stack, given)
  const deadline = timeout === undefined ? Number.POSITIVE_INFINITY : now().getTime() + timeout * 1000
  const progress = openProgress()
  let heard: number | undefined
  try {
    for (;;) {
      const answer = await session.read(GetDeploymentResponse, 'GET', path).catch((error: unknown) => {
        const isAway = error instanceof FailedCommand && error.exitCode === EXIT.unreachable
        if (!isAway || heard === undefined || now().getTime() - heard > PATIENCE_MS) throw error
        progress.say('the server does not answer; asking on')
        return undefined
      })
      if (answer) {
        heard = now().getTime()
        if (hasEnded(answer)) return answer
        progress.say(`${stackText(stack)} ${answer.version}: ${stateOf(answer)}`)
      }
      const left = deadline - now().getTime()
      if (left <= 0) {
        throw new FailedCommand(
          'the time of --timeout is over; the deployment goes on without us.',
          EXIT.late,
        )
      }
      await sleep(Math.min(ASK_EVERY_MS, left))
    }
  } finally {
    progress.end()
  }
}

function pathOf(stack: StackName, given: string): string {
  return /^[1-9][0-9]*$/.test(given)
    ? stackPath(DEPLOYMENT_VERSION_PATH, stack, { version: given })
    : stackPath(DEPLOYMENT_PATH, stack, { deploymentId: given })
}

function hasEnded({ status }: GetDeploymentResponse): boolean {
  return status === 'succeeded' || status === 'failed' || status === 'skipped'
}

function stateOf({ status, waitingFor, jobs = [] }: GetDeploymentResponse): string {
  const step = jobs.flatMap(({ steps }) => steps).find((one) => one.status === 'running')
  return waitingFor?.message ?? (step ? `${status}, in the step "${step.name}"` : status)
}
