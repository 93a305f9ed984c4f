/** `…/deployments/schedules`, with a door of its own for drift and ttl schedules; reading and removing serve all kinds. */
import {
  CreateDriftScheduleRequest,
  CreateScheduleRequest,
  CreateTtlScheduleRequest,
  DRIFT_SCHEDULE_PATH,
  DRIFT_SCHEDULES_PATH,
  ListSchedulesResponse,
  SCHEDULE_HISTORY_PATH,
  SCHEDULE_PATH,
  SCHEDULE_PAUSE_PATH,
  SCHEDULE_RESUME_PATH,
  SCHEDULES_PATH,
  ScheduledAction,
  ScheduleHistoryResponse,
  TTL_SCHEDULE_PATH,
  TTL_SCHEDULES_PATH,
} from '@daypass/contract/schedules.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Static, type TSchema, Type } from 'typebox'
import { userOf } from '../access/authenticate.ts'
import { isOrganizationAdmin } from '../access/permission.ts'
import { actorOf } from '../access/principal.ts'
import type { Queryable } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { StackPath } from '../stacks/names.ts'
import { loadStackFor, type Stack } from '../stacks/stack.ts'
import { historyAnswer, scheduleAnswer } from './answer.ts'
import {
  noSchedule,
  pauseSchedule,
  removeSchedule,
  type Scheduler,
  type ScheduleServices,
  saveAs,
} from './change.ts'
import { readScheduleBody } from './read-request.ts'
import { latestRuns, runsOf } from './run.sql.ts'
import { findSchedule, type ScheduleRow, selectSchedules } from './schedule.sql.ts'
import type { ScheduleKind } from './schedule.ts'

const OnePath = Type.Object({ ...StackPath.properties, scheduleId: Type.String() })
type OnePath = Static<typeof OnePath>
type Path = StackPath & Partial<OnePath>

interface Door {
  readonly kind: ScheduleKind
  /** As operations are called in the description of the API. */
  readonly name: string
  readonly all: string
  readonly one: string
  readonly body: TSchema
}
const DOORS: readonly Door[] = [
  { kind: 'raw', name: '', all: SCHEDULES_PATH, one: SCHEDULE_PATH, body: CreateScheduleRequest },
  {
    kind: 'drift',
    name: 'Drift',
    all: DRIFT_SCHEDULES_PATH,
    one: DRIFT_SCHEDULE_PATH,
    body: CreateDriftScheduleRequest,
  },
  {
    kind: 'ttl',
    name: 'TTL',
    all: TTL_SCHEDULES_PATH,
    one: TTL_SCHEDULE_PATH,
    body: CreateTtlScheduleRequest,
  },
]

/** What the description of the API says of a route. */
const about = (operationId: string, summary: string, params: TSchema, answer: TSchema) => ({
  operationId,
  summary,
  tags: ['Schedules'],
  params,
  response: { 200: answer },
})
const NOTHING = Type.Null({ description: 'Nothing.' })

export function scheduleRoutes(app: FastifyInstance, services: ScheduleServices): void {
  for (const { kind, name, all, one, body } of DOORS) {
    const config = { describedBody: body }
    const what = `${name}${name && ' '}schedule`
    const create = about(`createScheduled${name}Deployment`, `Make a ${what}`, StackPath, ScheduledAction)
    app.post<{ Params: Path }>(all, { schema: create, config }, (request, reply) =>
      save(services, kind, request, reply),
    )
    const update = about(`updateScheduled${name}Deployment`, `Change a ${what}`, OnePath, ScheduledAction)
    app.post<{ Params: Path }>(one, { schema: update, config }, (request, reply) =>
      save(services, kind, request, reply),
    )
  }
  readRoutes(app, services)
  changeRoutes(app, services)
}

async function save(
  services: ScheduleServices,
  kind: ScheduleKind,
  request: FastifyRequest<{ Params: Path }>,
  reply: FastifyReply,
): Promise<ScheduledAction | FastifyReply> {
  const { scheduleId, ...names } = request.params
  const stack = await loadStackFor(services.db, request.principal, names, 'write')
  if (isRefusal(stack)) return refuse(reply, stack)
  const read = readScheduleBody(kind, request.body)
  if (!read.ok) return refuse(reply, read.refusal)
  const given = { kind, scheduleId, read: read.value }
  const saved = await saveAs(services, stack, schedulerOf(request, stack), given)
  if (isRefusal(saved)) return refuse(reply, saved)
  const [answer] = await answersOf(services.db, [saved])
  if (!answer) throw new Error('One schedule has one answer.')
  return answer
}

function readRoutes(app: FastifyInstance, { db }: ScheduleServices): void {
  app.get<{ Params: StackPath }>(
    SCHEDULES_PATH,
    {
      schema: about(
        'listScheduledActions',
        'List the schedules of a stack',
        StackPath,
        ListSchedulesResponse,
      ),
    },
    async ({ principal, params }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const schedules = await answersOf(db, await selectSchedules(db, stack.id))
      const answer: ListSchedulesResponse = { schedules }
      return answer
    },
  )

  app.get<{ Params: OnePath }>(
    SCHEDULE_PATH,
    { schema: about('getScheduledAction', 'Read a schedule', OnePath, ScheduledAction) },
    async ({ principal, params: { scheduleId, ...names } }, reply) => {
      const stack = await loadStackFor(db, principal, names, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const row = await findSchedule(db, stack.id, scheduleId)
      return row ? (await answersOf(db, [row]))[0] : refuse(reply, noSchedule())
    },
  )

  app.get<{ Params: OnePath }>(
    SCHEDULE_HISTORY_PATH,
    {
      schema: about(
        'listScheduledActionHistory',
        'Read what became of the times of a schedule',
        OnePath,
        ScheduleHistoryResponse,
      ),
    },
    async ({ principal, params: { scheduleId, ...names } }, reply) => {
      const stack = await loadStackFor(db, principal, names, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      if (!(await findSchedule(db, stack.id, scheduleId))) return refuse(reply, noSchedule())
      const runs = await runsOf(db, scheduleId)
      const answer: ScheduleHistoryResponse = { scheduleHistoryEvents: runs.map(historyAnswer) }
      return answer
    },
  )
}

function changeRoutes(app: FastifyInstance, services: ScheduleServices): void {
  const remove = about('deleteScheduledAction', 'Remove a schedule', OnePath, NOTHING)
  app.delete<{ Params: OnePath }>(SCHEDULE_PATH, { schema: remove }, async (request, reply) => {
    const { scheduleId, ...names } = request.params
    const stack = await loadStackFor(services.db, request.principal, names, 'write')
    if (isRefusal(stack)) return refuse(reply, stack)
    await removeSchedule(services, stack, schedulerOf(request, stack), scheduleId)
    return reply.code(200).send()
  })

  for (const [path, name, paused] of [
    [SCHEDULE_PAUSE_PATH, 'pause', true],
    [SCHEDULE_RESUME_PATH, 'resume', false],
  ] as const) {
    const verb = paused ? 'Pause' : 'Resume'
    const schema = about(`${name}ScheduledAction`, `${verb} a schedule`, OnePath, NOTHING)
    app.post<{ Params: OnePath }>(path, { schema }, async (request, reply) => {
      const { scheduleId, ...names } = request.params
      const stack = await loadStackFor(services.db, request.principal, names, 'write')
      if (isRefusal(stack)) return refuse(reply, stack)
      const by = schedulerOf(request, stack)
      const refusal = await pauseSchedule(services, stack, by, { scheduleId, paused })
      return refusal ? refuse(reply, refusal) : reply.code(200).send()
    })
  }
}

async function answersOf(db: Queryable, rows: readonly ScheduleRow[]): Promise<ScheduledAction[]> {
  const ids = rows.map(({ id }) => id)
  const latest = await latestRuns(db, ids, { onlyQueued: false })
  const queued = await latestRuns(db, ids, { onlyQueued: true })
  return rows.map((row) =>
    scheduleAnswer(row, { latest: latest.get(row.id), latestQueued: queued.get(row.id) }),
  )
}

function schedulerOf(request: FastifyRequest, { organizationId }: Stack): Scheduler {
  return {
    userId: userOf(request).userId,
    actor: actorOf(request.principal),
    isOrganizationAdmin: isOrganizationAdmin(request.principal, organizationId),
  }
}
