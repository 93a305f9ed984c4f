/** `daypass audit list` and `export`: what was done, by whom. */
import { once } from 'node:events'
import { Readable } from 'node:stream'
import {
  AUDIT_LOG_PATH,
  ExportFormat,
  INSTALLATION_AUDIT_LOG_PATH,
  ListAuditLogResponse,
} from '@daypass/contract/audit-log.ts'
import { type Command, Option } from 'commander'
import { openServer } from '../api.ts'
import { EXIT } from '../exit-code.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { table, timeOf } from '../output.ts'
import { addServerCommand, describe, organizationOption, withServer } from '../server-command.ts'
import { pathTo, query } from '../server-path.ts'
import { openSession, type Session, type SessionOptions } from '../session.ts'

interface FilterOptions extends SessionOptions {
  readonly installation?: boolean
  readonly event?: string
  readonly user?: string
  readonly from?: string
  readonly until?: string
}

const FORMATS = ExportFormat.anyOf.map((one) => one.const)

const filterOptions = (): Option[] => [
  organizationOption(),
  new Option('--installation', 'what was done to the installation itself').conflicts('org'),
  new Option('--event <kind>', 'only events of this kind, such as token.created'),
  new Option('--user <login>', 'only what this login did'),
  new Option('--from <time>', 'not before, such as 2026-11-01 or 2026-11-01T08:00:00Z'),
  new Option('--until <time>', 'not after (default: now)'),
]

export function addAuditLogCommands(audit: Command, surroundings: Surroundings): void {
  addServerCommand(audit, surroundings, {
    name: 'list',
    summary: 'list what was done and by whom, the newest 100 first; `export` has all of it',
    options: filterOptions(),
    example: 'daypass audit list --org acme --user bob --from 2026-11-01',
    answer: ListAuditLogResponse,
    run: async (session, options: FilterOptions) => session.call('GET', await logPath(session, options, '')),
    show: ({ auditLogEvents }) =>
      table(
        auditLogEvents,
        {
          TIME: ({ timestamp }) => timeOf(timestamp),
          EVENT: ({ event }) => event,
          BY: ({ actorName }) => actorName,
          WHAT: ({ description }) => description,
        },
        'Nothing was done.',
      ),
  })

  const exported = audit
    .command('export')
    .description('print the whole audit log, the newest first, as it comes from the server')
    .addOption(
      new Option('--format <format>', 'csv, cef, or jsonl: an event a line').choices(FORMATS).default('csv'),
    )
  for (const option of filterOptions()) exported.addOption(option)
  withServer(exported, { json: false }).action((options: FilterOptions & { readonly format: string }) =>
    exportLog(options, surroundings),
  )
  describe(exported, {
    example: 'daypass audit export --org acme --from 2026-01-01 --format jsonl > audit.jsonl',
  })
}

async function exportLog(
  options: FilterOptions & { readonly format: string },
  surroundings: Surroundings,
): Promise<void> {
  const session = await openSession(options, surroundings)
  const path = await logPath(session, options, '/export', options.format)
  const { body } = await openServer('GET', path, {}, session.access, surroundings)
  if (!body) throw new FailedCommand('the server answered without an audit log.')
  for await (const piece of Readable.fromWeb(body as never)) {
    if (!process.stdout.write(piece)) await once(process.stdout, 'drain')
  }
}

async function logPath(
  session: Session,
  { installation, event, user, from, until }: FilterOptions,
  below: string,
  format?: string,
): Promise<string> {
  const log = installation
    ? INSTALLATION_AUDIT_LOG_PATH
    : pathTo(AUDIT_LOG_PATH, { organization: await session.organization() })
  const asked = query({
    eventType: event,
    user,
    startTime: secondsOf(from),
    endTime: secondsOf(until),
    format,
  })
  return `${log}/v2${below}${asked}`
}

function secondsOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const at = Date.parse(text)
  if (/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/.test(text) && at >= 0)
    return String(Math.floor(at / 1000))
  throw new FailedCommand(`"${text}" is no time: write 2026-11-01 or 2026-11-01T08:00:00Z.`, EXIT.misused)
}
