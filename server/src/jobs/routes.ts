/** What a job's supervisor may ask. The token says which job: no path holds an id. */
import type { Refusal } from '@daypass/contract/errors.ts'
import {
  JOB_BEAT_PATH,
  JOB_CANCELLATION_PATH,
  JOB_FINGERPRINTS_PATH,
  JOB_FINISH_PATH,
  JOB_ID_TOKEN_PATH,
  JOB_LOG_PATH,
  JOB_SOURCE_CREDENTIAL_PATH,
  JOB_START_PATH,
  JOB_STEP_PATH,
} from '@daypass/contract/job-paths.ts'
import {
  type BeatAnswer,
  type CancellationAnswer,
  FingerprintReport,
  FinishReport,
  IdTokenRequest,
  LogAppend,
  StepReport,
} from '@daypass/contract/job-protocol.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { hashToken } from '../access/token.ts'
import type { Database, Queryable } from '../db/database.ts'
import type { Listener } from '../db/listen.ts'
import { waitsFor } from '../db/waits.ts'
import { CANCELLED_CHANNEL, LEASE_TIMES } from '../deployments/deployment.ts'
import { beatLease, type LeaseAnswer, type LeaseHolder, startLease } from '../deployments/lease.ts'
import type { Issuer } from '../issuer/issuer.ts'
import { appendLines, writeStep } from '../logs/append.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { withoutOurTokens } from '../state/blot.ts'
import { type FinishServices, finishJob } from './finish.ts'
import { identityLookup, mintForJob } from './id-token.ts'
import { findJob, holdJob, type JobRow } from './job.sql.ts'
import { leaseLost, unknownJob } from './job.ts'
import { sourceCredential } from './source-credential.ts'

export interface JobServices extends FinishServices {
  readonly listener: Listener
  readonly issuer: Issuer
}

const LOG_BODY_BYTES = 8 * 1024 * 1024
const FINGERPRINT_BODY_BYTES = 1024 * 1024
const LONGEST_WAIT_SECONDS = 50
const CancellationQuery = Type.Object({
  waitSeconds: Type.Optional(Type.Integer({ minimum: 0, maximum: LONGEST_WAIT_SECONDS })),
})
const config = { jobToken: 'known' } as const
/** For a runner that asks again: an outage of somebody else's, and no refusal. */
const GIT_HOST_AWAY = { code: 503, reason: 'git_host_away', message: 'The git host does not answer now.' }

export function jobRoutes(app: FastifyInstance, services: JobServices): void {
  const { db, now, issuer, fingerprints } = services
  const identityOf = identityLookup(db)
  const waiting = waitsFor(services.listener, CANCELLED_CHANNEL)
  app.addHook('preClose', async () => waiting.close())
  const blot = (json: string): string => withoutOurTokens(json, issuer.isOurKid)

  app.post(JOB_START_PATH, { config }, (request, reply) => hold(db, request, reply, startLease))
  app.post(JOB_BEAT_PATH, { config }, (request, reply) => hold(db, request, reply, beatLease))

  app.get<{ Querystring: Static<typeof CancellationQuery> }>(
    JOB_CANCELLATION_PATH,
    { config, schema: { querystring: CancellationQuery } },
    async (request, reply) => {
      const tokenHash = hashToken(request.credential)
      const job = await findJob(db, tokenHash)
      if (!job) return refuse(reply, unknownJob)
      const gone = new AbortController()
      reply.raw.once('close', () => gone.abort())
      const wait = waiting.await(job.deploymentId, (request.query.waitSeconds ?? 0) * 1000, gone.signal)
      try {
        const before = await findJob(db, tokenHash)
        if (before?.live && !before.cancelRequested) await wait.woken
      } finally {
        wait.stop()
      }
      const after = gone.signal.aborted ? job : await findJob(db, tokenHash)
      if (!after) return refuse(reply, unknownJob)
      if (!after.live) return refuse(reply, leaseLost)
      const answer: CancellationAnswer = { cancelRequested: after.cancelRequested }
      return answer
    },
  )

  app.post<{ Body: StepReport }>(
    JOB_STEP_PATH,
    { config, schema: { body: StepReport } },
    async (request, reply) => {
      const refusal = await asLiveJob(db, request, async (tx, { deploymentId, notes }) => {
        await writeStep(tx, deploymentId, request.body, { notes, now: now() })
      })
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )

  app.post<{ Body: LogAppend }>(
    JOB_LOG_PATH,
    { config: { jobToken: 'living' }, schema: { body: LogAppend }, bodyLimit: LOG_BODY_BYTES },
    async (request, reply) => {
      const answer = await asLiveJob(db, request, (tx, { deploymentId }) =>
        appendLines(tx, deploymentId, request.body, blot),
      )
      return isRefusal(answer) ? refuse(reply, answer) : answer
    },
  )

  app.post<{ Body: IdTokenRequest }>(
    JOB_ID_TOKEN_PATH,
    { config, schema: { body: IdTokenRequest } },
    async (request, reply) => {
      const answer = await mintForJob({ identityOf, issuer }, hashToken(request.credential), request.body)
      return isRefusal(answer)
        ? refuse(reply, answer)
        : reply.header('cache-control', 'no-store').send(answer)
    },
  )

  app.post(JOB_SOURCE_CREDENTIAL_PATH, { config }, async (request, reply) => {
    const answer = await sourceCredential(services, hashToken(request.credential))
    if (answer === 'away') return reply.code(503).send(GIT_HOST_AWAY)
    return isRefusal(answer) ? refuse(reply, answer) : reply.header('cache-control', 'no-store').send(answer)
  })

  app.post<{ Body: FingerprintReport }>(
    JOB_FINGERPRINTS_PATH,
    {
      config: { jobToken: 'living' },
      schema: { body: FingerprintReport },
      bodyLimit: FINGERPRINT_BODY_BYTES,
    },
    async (request, reply) => {
      const refusal = await asLiveJob(db, request, (tx, { deploymentId }) =>
        fingerprints.keep(tx, deploymentId, request.body),
      )
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )

  app.post<{ Body: FinishReport }>(
    JOB_FINISH_PATH,
    { config, schema: { body: FinishReport } },
    async (request, reply) => {
      const refusal = await finishJob(services, hashToken(request.credential), request.body)
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )
}

/** Start and beat: one statement that takes or keeps the lease. */
async function hold(
  db: Database,
  request: FastifyRequest,
  reply: FastifyReply,
  take: (db: Database, holder: LeaseHolder) => Promise<LeaseAnswer | undefined>,
): Promise<BeatAnswer | FastifyReply> {
  const job = await findJob(db, hashToken(request.credential))
  if (!job) return refuse(reply, unknownJob)
  const held = await take(db, job)
  if (!held) return refuse(reply, leaseLost)
  return { lease: LEASE_TIMES, cancelRequested: held.cancelRequested }
}

/** A write: in one transaction with the look at the lease. */
async function asLiveJob<T>(
  db: Database,
  request: FastifyRequest,
  write: (tx: Queryable, job: JobRow) => Promise<T>,
): Promise<T | Refusal> {
  return db.transaction(async (tx) => {
    const job = await holdJob(tx, hashToken(request.credential))
    if (!job) return unknownJob
    return job.live ? write(tx, job) : leaseLost
  })
}
