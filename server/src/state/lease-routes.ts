/** What a client does inside its update, with the update's own token: renew, write, tell, complete. */

import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import {
  CheckpointRequest,
  CheckpointVerbatimRequest,
  EventBatch,
  JournalRequest,
} from '@daypass/contract/state-requests.ts'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Database } from '../db/database.ts'
import type { Fingerprints } from '../fingerprints/fingerprint.ts'
import type { SentBody } from '../http/body.ts'
import { piecesOf, streamedBodies } from '../http/streamed-body.ts'
import { isRefusal, refuse } from '../refuse.ts'
import type { IsOurKid } from './blot.ts'
import { saveCheckpoint } from './checkpoint.ts'
import { completeUpdate } from './end-update.ts'
import { readEvents, saveEvents } from './events.ts'
import { readJournalBody, saveEntries } from './journal/save-entries.ts'
import { type LeaseCall, renewLease } from './lease.ts'
import { EVENT_BATCH_FLAG, type StateLimits } from './limits.ts'
import { receiveState } from './sent-state.ts'
import { UPDATE_KINDS } from './update.ts'
import { UpdatePath } from './update-routes.ts'

interface Services {
  readonly db: Database
  readonly isOurKid: IsOurKid
  readonly fingerprints: Fingerprints
  readonly limits: StateLimits
}

const CompleteBody = Type.Object(
  { status: Type.Union([Type.Literal('succeeded'), Type.Literal('failed')]) },
  { additionalProperties: true }, // newer clients send outputs beside
)
type CompleteBody = Static<typeof CompleteBody>

/** Newer clients send the outputs with the end. */
const COMPLETE_BODY_BYTES = 20 * 1024 * 1024

export function leaseRoutes(app: FastifyInstance, services: Services): void {
  for (const kind of UPDATE_KINDS) {
    const update = `${STACK_PATH}/${kind}/:updateId`
    renewalRoutes(app, services, update)
    checkpointRoutes(app, services, update)
    journalRoute(app, services, update)
    eventRoutes(app, services, update)
  }
}

function renewalRoutes(app: FastifyInstance, { db }: Services, update: string): void {
  app.post<{ Params: UpdatePath }>(
    `${update}/renew_lease`,
    { schema: { params: UpdatePath }, config: { updateToken: 'known' } },
    async (request, reply) => {
      const tokenExpiration = await renewLease(db, callOf(request))
      if (isRefusal(tokenExpiration)) return refuse(reply, tokenExpiration)
      // The same token goes on: a new one would turn requests away that are under way.
      return { token: request.credential, tokenExpiration }
    },
  )

  app.post<{ Params: UpdatePath; Body: CompleteBody }>(
    `${update}/complete`,
    {
      schema: { params: UpdatePath, body: CompleteBody },
      config: { updateToken: 'known', bodyBytes: COMPLETE_BODY_BYTES },
    },
    async (request, reply) => {
      const refusal = await completeUpdate(db, callOf(request), request.body.status)
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )
}

function checkpointRoutes(app: FastifyInstance, { db }: Services, update: string): void {
  app.register(async (scope) => {
    streamedBodies(scope)
    const schema = { params: UpdatePath }
    const config = { updateToken: 'living', stateBody: true } as const

    scope.patch<{ Params: UpdatePath }>(
      `${update}/checkpoint`,
      { schema, config: { ...config, describedBody: CheckpointRequest } },
      async (request, reply) => {
        const state = await receiveState(piecesOf(request))
        if (isRefusal(state)) return refuse(reply, state)
        const refusal = await saveCheckpoint(db, callOf(request), state)
        return refusal ? refuse(reply, refusal) : reply.code(204).send()
      },
    )

    // Not advertised: clients use it only with the delta that belongs to it.
    scope.patch<{ Params: UpdatePath }>(
      `${update}/checkpointverbatim`,
      { schema, config: { ...config, describedBody: CheckpointVerbatimRequest } },
      async (request, reply) => {
        const state = await receiveState(piecesOf(request), 'untypedDeployment')
        if (isRefusal(state)) return refuse(reply, state)
        const refusal = await saveCheckpoint(db, callOf(request), state)
        return refusal ? refuse(reply, refusal) : reply.code(204).send()
      },
    )
  })
}

function eventRoutes(
  app: FastifyInstance,
  { db, isOurKid, fingerprints, limits }: Services,
  update: string,
): void {
  app.post<{ Params: UpdatePath; Body: Buffer }>(
    `${update}/events/batch`,
    {
      schema: { params: UpdatePath },
      config: {
        updateToken: 'living',
        rawBody: true,
        bodyBytes: limits.eventBatchBytes,
        bodyBytesFlag: EVENT_BATCH_FLAG,
        describedBody: EventBatch,
      },
    },
    async (request, reply) => {
      const credentials = await fingerprints.ofUpdate(request.params.updateId)
      const batch = await readEvents(request.body, { isOurKid, credentials })
      if (isRefusal(batch)) return refuse(reply, batch)
      const refusal = await saveEvents(db, callOf(request), batch, limits.updateEventsBytes)
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )
}

function journalRoute(app: FastifyInstance, { db }: Services, update: string): void {
  app.patch<{ Params: UpdatePath; Body: SentBody | undefined }>(
    `${update}/journalentries`,
    {
      schema: { params: UpdatePath },
      config: { updateToken: 'living', sentBody: true, stateBody: true, describedBody: JournalRequest },
    },
    async (request, reply) => {
      const entries = readJournalBody(request.body ?? NOTHING_SENT)
      if (isRefusal(entries)) return refuse(reply, entries)
      const refusal = await saveEntries(db, callOf(request), entries)
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )
}

const NOTHING_SENT: SentBody = { bytes: Buffer.alloc(0), gzip: undefined }

function callOf(request: FastifyRequest<{ Params: UpdatePath }>): LeaseCall {
  return { token: request.credential, updateId: request.params.updateId }
}
