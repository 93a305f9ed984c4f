/** A runner asks for a remote that it is to look at, and says what it saw. */
import { type GitPollAnswer, GitPollReport, GitPollRequest } from '@daypass/contract/git-polls.ts'
import { RUNNER_POLL_CLAIM_PATH, RUNNER_POLL_REPORT_PATH } from '@daypass/contract/job-paths.ts'
import type { FastifyInstance } from 'fastify'
import { MB } from '../http/body-limit.ts'
import { poolOfToken } from '../jobs/known.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { type HandOutServices, handOutPoll } from './hand-out.ts'
import { secondsToNextPoll } from './lease.sql.ts'
import { nextSeconds } from './poll.ts'
import { takeReport } from './take-report.ts'

/** All refs of a remote, and the changed files of its branches. */
const REPORT_BYTES = 8 * MB

export function gitPollRoutes(app: FastifyInstance, services: HandOutServices): void {
  const { db } = services

  app.post<{ Body: GitPollRequest }>(
    RUNNER_POLL_CLAIM_PATH,
    { config: { runnerToken: true }, schema: { body: GitPollRequest } },
    async (request, reply) => {
      const poolId = await poolOfToken(db, request.credential)
      if (isRefusal(poolId)) return refuse(reply, poolId)
      const poll = (await handOutPoll(services, poolId)) ?? null
      return {
        poll,
        nextSeconds: nextSeconds(await secondsToNextPoll(db, poolId)),
      } satisfies GitPollAnswer
    },
  )

  app.post<{ Body: GitPollReport }>(
    RUNNER_POLL_REPORT_PATH,
    { config: { runnerToken: true, bodyBytes: REPORT_BYTES }, schema: { body: GitPollReport } },
    async (request, reply) => {
      const poolId = await poolOfToken(db, request.credential)
      if (isRefusal(poolId)) return refuse(reply, poolId)
      const refusal = await takeReport(services, poolId, request.body)
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )
}
