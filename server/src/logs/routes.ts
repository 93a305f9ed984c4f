/** `GET …/deployments/{id}/logs`: the tail, or with `step` a page of one step. */
import { DEPLOYMENT_LOGS_PATH, DeploymentLogs, DeploymentLogsStep } from '@daypass/contract/deployments.ts'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Database, Queryable } from '../db/database.ts'
import type { Listener } from '../db/listen.ts'
import { waitsFor } from '../db/waits.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { loadStackOf } from '../stacks/removed.ts'
import type { StackNames } from '../stacks/stack.ts'
import { FOLLOW_SECONDS, followTail, hasNews } from './follow.ts'
import { cursorOf, LOG_CHANNEL } from './log.ts'
import { logDeleted } from './retention.ts'
import { readStep, readTail, waitingTail } from './tail.ts'
import { findTailed } from './tailed.sql.ts'

const DEFAULT_STEP_LINES = 100

const Query = Type.Object({
  continuationToken: Type.Optional(Type.String()),
  /** What older clients call it. */
  nextToken: Type.Optional(Type.String()),
  job: Type.Optional(Type.Integer({ minimum: 0, maximum: 0 })),
  step: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 499 })),
})

export interface LogServices {
  readonly db: Database
  readonly listener: Listener
  /** How long who has read everything waits for more; only tests wait otherwise. */
  readonly followSeconds?: number
  readonly now: () => Date
  /** A sentence about what the deployment waits for; undefined when it has started. */
  readonly whyWaiting: (db: Queryable, deploymentId: string) => Promise<string | undefined>
}

export function logRoutes(app: FastifyInstance, services: LogServices): void {
  const { db, now, whyWaiting, followSeconds = FOLLOW_SECONDS } = services
  const waits = waitsFor(services.listener, LOG_CHANNEL)
  const closing = new AbortController()
  app.addHook('preClose', async () => {
    closing.abort()
    waits.close()
  })
  const goneSignal = (reply: FastifyReply): AbortSignal => {
    const gone = new AbortController()
    reply.raw.once('close', () => gone.abort())
    return AbortSignal.any([gone.signal, closing.signal])
  }
  app.get<{ Params: StackNames & { deploymentId: string }; Querystring: Static<typeof Query> }>(
    DEPLOYMENT_LOGS_PATH,
    {
      schema: {
        operationId: 'getDeploymentLogs',
        summary: 'Read the log of a deployment: the tail, or with "step" a page of one step',
        tags: ['Deployments'],
        querystring: Query,
        response: { 200: Type.Union([DeploymentLogs, DeploymentLogsStep]) },
      },
    },
    async (request, reply) => {
      const stack = await loadStackOf(db, request.principal, request.params, request.params)
      if (isRefusal(stack)) return refuse(reply, stack)
      const deployment = await findTailed(db, stack.id, request.params.deploymentId)
      if (!deployment) return refuse(reply, noDeployment)
      if (deployment.logDeletedAt) return refuse(reply, logDeleted(deployment.logDeletedAt))
      const {
        job,
        step,
        offset = 0,
        count = DEFAULT_STEP_LINES,
        continuationToken,
        nextToken,
      } = request.query
      if (job !== undefined || step !== undefined) {
        const page = await readStep(db, deployment.id, { step: step ?? 0, offset, count })
        return page ?? refuse(reply, noStep)
      }
      const token = continuationToken ?? nextToken ?? ''
      const cursor = cursorOf(token)
      if (!cursor) return refuse(reply, badToken)
      const page = await readTail(db, deployment, cursor)
      const isAsking = cursor.step === 0 && cursor.seen === 0 && page.lines.length === 0 && !deployment.ended
      const why = isAsking ? await whyWaiting(db, deployment.id) : undefined
      const answer = why === undefined ? page : waitingTail(why, cursor, now())
      if (token === '' || hasNews(answer, cursor)) return answer
      const followed = await followTail(db, cursor, {
        deploymentId: deployment.id,
        waits,
        find: () => findTailed(db, stack.id, deployment.id),
        gone: goneSignal(reply),
        waitMs: followSeconds * 1000,
      })
      if (!followed) return refuse(reply, noDeployment)
      return hasNews(followed, cursor) ? followed : answer
    },
  )
}

const noDeployment: Refusal = {
  status: 404,
  reason: 'not_found',
  message: 'There is no such deployment on this stack.',
}
const noStep: Refusal = {
  status: 404,
  reason: 'unknown_step',
  message: 'The deployment has no such step (yet); steps count from 0.',
}
const badToken: Refusal = {
  status: 400,
  reason: 'bad_token',
  message: 'continuationToken is not one that this server made; leave it out to read from the beginning.',
}
