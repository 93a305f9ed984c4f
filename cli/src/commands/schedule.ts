/** `daypass schedule`: deployments by the clock, with what `pulumi stack schedule` has not: time zones, pauses, history. */
import { Operation } from '@daypass/contract/job-protocol.ts'
import {
  DRIFT_SCHEDULES_PATH,
  ListSchedulesResponse,
  SCHEDULE_HISTORY_PATH,
  SCHEDULE_PATH,
  SCHEDULE_PAUSE_PATH,
  SCHEDULE_RESUME_PATH,
  SCHEDULES_PATH,
  ScheduledAction,
  ScheduleHistoryResponse,
  TTL_SCHEDULES_PATH,
} from '@daypass/contract/schedules.ts'
import { Argument, type Command, Option } from 'commander'
import { Type } from 'typebox'
import { completes, type ListNames } from '../completion/values.ts'
import { type ConfirmOptions, confirm, yesOption } from '../confirm.ts'
import { EXIT } from '../exit-code.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { readGivenJson } from '../input-file.ts'
import { plainTime, record, table } from '../output.ts'
import { addServerCommand, stackOption } from '../server-command.ts'
import type { Session } from '../session.ts'
import { stackPath } from '../stack-name.ts'

export function addScheduleCommands(program: Command, surroundings: Surroundings): void {
  const schedule = program.command('schedule').description('deployments of a stack by the clock')

  addServerCommand(schedule, surroundings, {
    name: 'list',
    summary: 'list the schedules of a stack',
    options: [stackOption()],
    example: 'daypass schedule list --stack acme/web/dev',
    answer: ListSchedulesResponse,
    run: async (session) => session.call('GET', await pathOf(session, SCHEDULES_PATH)),
    show: ({ schedules }) =>
      table(
        schedules,
        {
          ID: ({ id }) => id,
          WHEN: timing,
          OPERATION: ({ definition }) => definition.request.operation,
          NEXT: ({ nextExecution, paused }) => (paused ? 'paused' : plainTime(nextExecution)),
          'LAST RUN': ({ lastRun }) => lastRun && `${plainTime(lastRun.planned)} ${lastRun.result}`,
          'ACTS FOR': ({ actsFor }) => actsFor ?? 'nobody any more',
        },
        'No schedules. Make one with `daypass schedule create`.',
      ),
  })

  addServerCommand(schedule, surroundings, {
    name: 'show',
    summary: 'show a schedule and what became of its latest run',
    arguments: [scheduleArgument()],
    options: [stackOption()],
    example: 'daypass schedule show 3f0c9d0e-… --stack acme/web/dev',
    answer: ScheduledAction,
    run: async (session, _options, id) => session.call('GET', await pathOf(session, SCHEDULE_PATH, id)),
    show: showSchedule,
  })

  addServerCommand(schedule, surroundings, {
    name: 'create',
    summary: 'let deployments run by the clock; it acts with your rights, as they are when it runs',
    options: [
      stackOption(),
      new Option('--kind <kind>', 'raw: any operation; drift: look for drift; ttl: destroy at a time')
        .choices(Object.keys(DOORS))
        .default('raw'),
      new Option('--cron <expression>', 'minute, hour, day, month and weekday, such as "0 4 * * 1-5"'),
      new Option('--time-zone <zone>', 'whose clock --cron means, such as Europe/Berlin (default: UTC)'),
      new Option('--once <time>', 'one time, such as 2030-12-31T23:59:00Z').conflicts('cron'),
      new Option('--operation <operation>', 'of the kind raw').choices(OPERATIONS),
      completes(
        new Option(
          '--request <file>',
          'of the kind raw: JSON of the whole deployment, as for POST …/deployments; - for standard input',
        ),
        'file',
      ),
      new Option('--auto-remediate', 'of the kind drift: put right what was found'),
      new Option('--delete-after-destroy', 'of the kind ttl: remove the stack too'),
    ],
    example: `daypass schedule create --stack acme/web/dev --cron "30 2 * * 1-5" --time-zone Europe/Berlin --operation update
daypass schedule create --kind drift --cron "0 */4 * * *" --auto-remediate
daypass schedule create --kind ttl --once 2030-12-31T23:59:00Z --delete-after-destroy`,
    answer: ScheduledAction,
    run: async (session, options: CreateOptions) => {
      const body = await bodyOf(options, surroundings)
      return session.call('POST', await pathOf(session, DOORS[options.kind]), body)
    },
    show: (made) => `Made the schedule ${made.id}.\n\n${showSchedule(made)}`,
  })

  for (const [name, route, summary] of [
    ['pause', SCHEDULE_PAUSE_PATH, 'let a schedule miss its times until it is resumed'],
    ['resume', SCHEDULE_RESUME_PATH, 'let a paused schedule go on; what it missed does not run'],
  ] as const) {
    addServerCommand(schedule, surroundings, {
      name,
      summary,
      arguments: [scheduleArgument()],
      options: [stackOption()],
      example: `daypass schedule ${name} 3f0c9d0e-… --stack acme/web/dev`,
      answer: ScheduledAction,
      run: async (session, _options, id) => {
        await session.call('POST', await pathOf(session, route, id))
        return session.call('GET', await pathOf(session, SCHEDULE_PATH, id))
      },
      show: showSchedule,
    })
  }

  addServerCommand(schedule, surroundings, {
    name: 'delete',
    summary: 'delete a schedule, with its history',
    arguments: [scheduleArgument()],
    options: [stackOption(), yesOption()],
    example: 'daypass schedule delete 3f0c9d0e-… --stack acme/web/dev --yes',
    answer: Type.Object({ deleted: Type.String() }),
    run: async (session, options: ConfirmOptions, id = '') => {
      const path = await pathOf(session, SCHEDULE_PATH, id)
      await session.call('GET', path) // removing one that is not there is no error of the API's
      await confirm(`delete the schedule ${id}`, options, surroundings)
      await session.call('DELETE', path)
      return { deleted: id }
    },
    show: ({ deleted }) => `Deleted the schedule ${deleted}.`,
  })

  addServerCommand(schedule, surroundings, {
    name: 'history',
    summary: 'list what became of every planned time, the newest first',
    arguments: [scheduleArgument()],
    options: [stackOption()],
    example: 'daypass schedule history 3f0c9d0e-… --stack acme/web/dev',
    answer: ScheduleHistoryResponse,
    run: async (session, _options, id) =>
      session.call('GET', await pathOf(session, SCHEDULE_HISTORY_PATH, id)),
    show: ({ scheduleHistoryEvents }) =>
      table(
        scheduleHistoryEvents,
        {
          PLANNED: ({ planned }) => plainTime(planned),
          RESULT: ({ result }) => result,
          DEPLOYMENT: ({ version }) => version || undefined,
          MESSAGE: ({ message }) => message,
        },
        'It has not run yet.',
      ),
  })
}

const OPERATIONS = Operation.anyOf.map((one) => one.const)

/** Pulumi's API has a door for each kind. */
const DOORS = { raw: SCHEDULES_PATH, drift: DRIFT_SCHEDULES_PATH, ttl: TTL_SCHEDULES_PATH } as const

interface CreateOptions {
  readonly kind: keyof typeof DOORS
  readonly cron?: string
  readonly timeZone?: string
  readonly once?: string
  readonly operation?: Operation
  readonly request?: string
  readonly autoRemediate?: boolean
  readonly deleteAfterDestroy?: boolean
}

/** The server says what is wrong with a time; what belongs to another kind it would not hear of. */
async function bodyOf(options: CreateOptions, surroundings: Surroundings): Promise<object> {
  const { kind, cron, timeZone, once, operation, request, autoRemediate, deleteAfterDestroy } = options
  const foreign = {
    raw: { '--auto-remediate': autoRemediate, '--delete-after-destroy': deleteAfterDestroy },
    drift: {
      '--once': once,
      '--operation': operation,
      '--request': request,
      '--delete-after-destroy': deleteAfterDestroy,
    },
    ttl: {
      '--cron': cron,
      '--time-zone': timeZone,
      '--operation': operation,
      '--request': request,
      '--auto-remediate': autoRemediate,
    },
  }[kind]
  const wrong = Object.entries(foreign).find(([, value]) => value !== undefined)
  if (wrong) throw misused(`${wrong[0]} is not for --kind ${kind}.`)
  switch (kind) {
    case 'drift':
      if (cron === undefined) throw misused('say when: --cron <expression>.')
      return { scheduleCron: cron, timeZone, autoRemediate }
    case 'ttl':
      if (once === undefined) throw misused('say when: --once <time>.')
      return { timestamp: once, deleteAfterDestroy }
    case 'raw': {
      if (cron === undefined && once === undefined)
        throw misused('say when: --cron <expression> or --once <time>.')
      if ((operation === undefined) === (request === undefined))
        throw misused('say what: --operation <operation> or --request <file>.')
      const asked =
        request === undefined ? { operation } : await readGivenJson(request, 'the request', surroundings)
      return { scheduleCron: cron, scheduleOnce: once, timeZone, request: asked }
    }
  }
}

function misused(sentence: string): FailedCommand {
  return new FailedCommand(sentence, EXIT.misused)
}

function scheduleArgument(): Argument {
  return completes(new Argument('<schedule-id>', 'as `daypass schedule list` shows it'), scheduleIds)
}

const scheduleIds: ListNames = async (session) => {
  const path = await pathOf(session, SCHEDULES_PATH)
  const { schedules } = await session.read(ListSchedulesResponse, 'GET', path)
  return schedules.map((one) => ({
    value: one.id,
    about: `${one.definition.request.operation}, ${timing(one)}`,
  }))
}

async function pathOf(session: Session, route: string, scheduleId?: string): Promise<string> {
  return stackPath(route, await session.stack(), scheduleId === undefined ? {} : { scheduleId })
}

function timing({ scheduleCron, scheduleOnce, timeZone }: ScheduledAction): string {
  return scheduleCron === undefined ? `once ${plainTime(scheduleOnce)} UTC` : `${scheduleCron} ${timeZone}`
}

function showSchedule(schedule: ScheduledAction): string {
  const { id, definition, nextExecution, paused, actsFor, lastRun } = schedule
  return record({
    id,
    when: timing(schedule),
    operation: definition.request.operation,
    paused,
    next: paused ? '' : plainTime(nextExecution),
    'acts for': actsFor ?? 'nobody any more',
    'last run':
      lastRun &&
      `${plainTime(lastRun.planned)} ${lastRun.result}${lastRun.message ? `: ${lastRun.message}` : ''}`,
  })
}
