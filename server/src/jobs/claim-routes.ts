/**
 * `POST /api/daypass/runner/claim`: a runner waits for work of its pool. The answer holds a job token, whose hash is
 * all that is kept of it, and everything that the job needs to know.
 */
import { RUNNER_CLAIM_PATH } from '@daypass/contract/job-paths.ts'
import { type Claim, ClaimRequest } from '@daypass/contract/job-protocol.ts'
import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import { hashToken, makeToken } from '../access/token.ts'
import type { Database } from '../db/database.ts'
import type { Listener } from '../db/listen.ts'
import { type ClaimedDeployment, type Claimer, claimForAll } from '../deployments/claim.ts'
import { ACCEPT_SECONDS, type Ending, LEASE_TIMES, READY_CHANNEL } from '../deployments/deployment.ts'
import { endDeployment } from '../deployments/end.ts'
import { takeBack } from '../deployments/lease.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Sightings } from '../pools/sightings.ts'
import { refuse } from '../refuse.ts'
import type { StackSecrets } from '../secrets/stack-secrets.ts'
import { claimPolls } from './claim-polls.ts'
import { findPoolToken } from './job.sql.ts'
import { unknownPoolToken } from './job.ts'
import { jobSpecOf } from './job-spec.ts'

export interface ClaimServices {
  readonly db: Database
  readonly listener: Listener
  readonly secrets: StackSecrets
  readonly ending: Ending
  readonly randomBytes: (count: number) => Buffer
  readonly config: { readonly baseUrl: string; readonly issuerUrl: string }
  readonly metrics: Pick<Metrics, 'claimed'>
  readonly log: FastifyBaseLogger
  readonly sightings: Sightings
}

/** Looks without a reason, for notifications that got lost. */
const CLAIM_SWEEP_SECONDS = 10
/** After the time for a start is over, by the database's clock. */
const TAKE_BACK_MARGIN_MS = 50

type Asker = Pick<Claimer, 'poolTokenId' | 'runnerName'>

interface Handed {
  readonly deployment: ClaimedDeployment
  readonly jobToken: string
  readonly stackToken: string
}

export function claimRoutes(app: FastifyInstance, services: ClaimServices): void {
  const { db, listener, log, randomBytes, sightings } = services
  const polls = claimPolls<Asker, Handed>({
    async claim(poolId, askers) {
      const wouldHold = askers.map(() => ({
        jobToken: makeToken('job', randomBytes),
        stackToken: makeToken('access', randomBytes),
      }))
      const claimers = wouldHold.flatMap(({ jobToken, stackToken }, at) => {
        const asker = askers[at]
        const [jobTokenHash, stackTokenHash] = [hashToken(jobToken), hashToken(stackToken)]
        return asker ? [{ ...asker, jobTokenHash, stackTokenHash }] : []
      })
      const claimed = await claimForAll(db, poolId, claimers)
      return wouldHold.map((tokens, at) => {
        const deployment = claimed[at]
        return deployment && { deployment, ...tokens }
      })
    },
    async giveBack({ deployment: { id, fencing } }) {
      await takeBack(db, { deploymentId: id, fencing }, { evenBeforeItsTime: true })
    },
    sweepSeconds: CLAIM_SWEEP_SECONDS,
    onGiveBackError: (error) =>
      log.warn({ err: error }, 'A claim of a runner that left goes back when its time is over.'),
  })
  const timers = new Set<NodeJS.Timeout>()
  const subscriptions = [
    listener.subscribe(READY_CHANNEL, (poolId) => polls.wake(poolId)),
    listener.onReconnect(() => polls.wakeAll()),
  ]
  app.addHook('preClose', async () => polls.close())
  app.addHook('onClose', async () => {
    for (const off of subscriptions) off()
    for (const timer of timers) clearTimeout(timer)
  })

  app.post<{ Body: ClaimRequest }>(
    RUNNER_CLAIM_PATH,
    { config: { runnerToken: true }, schema: { body: ClaimRequest } },
    async (request, reply) => {
      const pool = await findPoolToken(db, hashToken(request.credential))
      if (!pool) return refuse(reply, unknownPoolToken)
      const runner = introduced(request.body)
      await sightings.note({ ...runner, poolId: pool.poolId, ip: request.ip ?? '' })
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const deadline = performance.now() + request.body.waitSeconds * 1000
      for (;;) {
        const waitMs = Math.max(0, deadline - performance.now())
        const handed = await polls.wait(pool.poolId, {
          asker: { poolTokenId: pool.poolTokenId, runnerName: runner.name },
          waitMs,
          gone: gone.signal,
        })
        if (!handed) return reply.code(204).send()
        takeBackInTime(handed)
        services.metrics.claimed(handed.deployment.waitedSeconds)
        const answer = await answerFor(services, handed, pool.poolId)
        if (answer) return answer
      }
    },
  )

  /** If its runner never starts it: answers get lost. The reaper's sweep does the same, some seconds later. */
  function takeBackInTime({ deployment }: Handed): void {
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        const holder = { deploymentId: deployment.id, fencing: deployment.fencing }
        takeBack(db, holder, { evenBeforeItsTime: false }).catch((error) =>
          log.warn({ err: error }, 'A claim that was not started goes back with the next sweep.'),
        )
      },
      ACCEPT_SECONDS * 1000 + TAKE_BACK_MARGIN_MS,
    )
    timer.unref()
    timers.add(timer)
  }
}

/** Undefined when the deployment cannot be run: it is ended, with the reason in its log. */
async function answerFor(
  { db, secrets, ending, config, log }: ClaimServices,
  { deployment, jobToken, stackToken }: Handed,
  poolId: string,
): Promise<Claim | undefined> {
  const context = { secrets, tx: db, stackId: deployment.stackId }
  const job = await jobSpecOf(context, deployment, stackToken, { ...config, poolId })
  if (job) return { jobToken, lease: LEASE_TIMES, job }
  const sentence =
    'A secret in the settings of this deployment does not open: the master key of the server is not the one that it was saved with. Save the secret again.'
  log.error({ deploymentId: deployment.id }, sentence)
  await endDeployment(db, ending, {
    id: deployment.id,
    stackId: deployment.stackId,
    from: ['accepted'],
    to: 'failed',
    fencing: deployment.fencing,
    onlyIfLost: null,
    onlyIfHeld: false,
    failureCode: 'secret_unreadable',
    failureMessage: sentence,
    sentence,
  })
  return undefined
}

function introduced({ runnerName, runnerVersion, platform, hostname, pid }: ClaimRequest) {
  return {
    name: plainName(runnerName),
    version: plainName(runnerVersion),
    platform: plainName(platform ?? ''),
    hostname: plainName(hostname ?? ''),
    pid: pid === undefined ? '' : String(pid),
  }
}

/** For people to read, in logs and sentences. */
function plainName(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?')
}
