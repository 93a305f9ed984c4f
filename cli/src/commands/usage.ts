/** `daypass usage`: how long runners worked, by stack and month. */
import { type Command, Option } from 'commander'
import { stringify } from 'csv-stringify/sync'
import { type Static, Type } from 'typebox'
import { EXIT } from '../exit-code.ts'
import { FailedCommand, type Surroundings } from '../failed-command.ts'
import { table } from '../output.ts'
import { addServerCommand, organizationOption, stackOption } from '../server-command.ts'
import { pathTo, query } from '../server-path.ts'
import type { Session } from '../session.ts'
import { parseStackName, type StackName, stackText } from '../stack-name.ts'

const StackUsage = Type.Object({
  project: Type.String(),
  stack: Type.String(),
  stackId: Type.String({ description: 'Stays when the stack is renamed or gone.' }),
  deployments: Type.Integer({ description: 'Those that ended in the month.' }),
  runnerSeconds: Type.Integer(),
})

const Month = Type.Object({
  organization: Type.String(),
  month: Type.String({ description: 'Such as 2026-11, in UTC.' }),
  deployments: Type.Integer(),
  runnerSeconds: Type.Integer(),
  stacks: Type.Array(StackUsage),
})
type Month = Static<typeof Month>

const Usage = Type.Object({ months: Type.Array(Month) })
type Usage = Static<typeof Usage>

interface UsageOptions {
  readonly month?: string
  readonly since?: string
  readonly stack?: string
  readonly csv?: boolean
}

const MOST_MONTHS = 120

export function addUsageCommand(program: Command, surroundings: Surroundings): void {
  addServerCommand(program, surroundings, {
    name: 'usage',
    summary: 'say how long runners worked, by stack and month',
    options: [
      organizationOption(),
      stackOption('only this stack: organization/project/stack'),
      new Option('--month <month>', 'such as 2026-11, UTC (default: the current one)'),
      new Option('--since <month>', 'from this month to that of --month'),
      new Option('--csv', 'print CSV, for a spreadsheet').conflicts('json'),
    ],
    example: 'daypass usage --org acme --since 2026-01 --csv > usage.csv',
    answer: Usage,
    run: (session, options: UsageOptions) => usageOf(session, options, surroundings),
    show: (usage, { csv }) => (csv ? csvOf(usage) : tableOf(usage)),
  })
}

async function usageOf(session: Session, options: UsageOptions, { now }: Surroundings): Promise<Usage> {
  const last = options.month ?? now().toISOString().slice(0, 7)
  const names = monthsFrom(options.since ?? last, last)
  const only = options.stack === undefined ? undefined : await stackGiven(session, options.stack)
  const organization = only?.organization ?? (await session.organization())
  const months: Month[] = []
  for (const month of names) {
    const path = `${pathTo('/api/daypass/orgs/:organization/usage', { organization })}${query({ month })}`
    const whole = await session.read(Month, 'GET', path)
    months.push(only ? narrowed(whole, only) : whole)
  }
  return { months }
}

/** The selected stack is not meant here: without `--stack` it is about all. */
async function stackGiven(session: Session, text: string): Promise<StackName> {
  parseStackName(text)
  return session.stack()
}

function narrowed(month: Month, { project, stack }: StackName): Month {
  const stacks = month.stacks.filter((one) => one.project === project && one.stack === stack)
  return {
    ...month,
    stacks,
    deployments: stacks.reduce((sum, { deployments }) => sum + deployments, 0),
    runnerSeconds: stacks.reduce((sum, { runnerSeconds }) => sum + runnerSeconds, 0),
  }
}

function monthsFrom(first: string, last: string): string[] {
  for (const month of [first, last]) {
    if (!/^20\d\d-(?:0[1-9]|1[0-2])$/.test(month))
      throw new FailedCommand(`"${month}" is no month: write it as 2026-11.`, EXIT.misused)
  }
  const months: string[] = []
  for (let at = new Date(`${first}-01T00:00:00Z`); ; at.setUTCMonth(at.getUTCMonth() + 1)) {
    const month = at.toISOString().slice(0, 7)
    if (month > last) break
    months.push(month)
  }
  if (months.length === 0) throw new FailedCommand(`--since ${first} is after ${last}.`, EXIT.misused)
  if (months.length > MOST_MONTHS)
    throw new FailedCommand(`${months.length} months are too many: ${MOST_MONTHS} at most.`, EXIT.misused)
  return months
}

function rowsOf({ months }: Usage) {
  return months.flatMap(({ month, organization, stacks }) =>
    stacks.map((stack) => ({ month, organization, ...stack })),
  )
}

function tableOf(usage: Usage): string {
  const sum = usage.months.reduce((seconds, { runnerSeconds }) => seconds + runnerSeconds, 0)
  const rows = table(
    rowsOf(usage),
    {
      MONTH: ({ month }) => month,
      STACK: ({ organization, project, stack }) => stackText({ organization, project, stack }),
      DEPLOYMENTS: ({ deployments }) => deployments,
      'RUNNER SECONDS': ({ runnerSeconds }) => runnerSeconds,
    },
    'Nothing ran.',
  )
  return sum === 0 ? rows : `${rows}\n\n${sum} runner seconds in all.`
}

/** As the server's own CSV. Names of projects and stacks are their owners' choice: none may become a formula. */
function csvOf(usage: Usage): string {
  const rows = rowsOf(usage).map(({ stackId, runnerSeconds, ...row }) => ({
    ...row,
    stack_id: stackId,
    runner_seconds: runnerSeconds,
  }))
  const columns = ['month', 'organization', 'project', 'stack', 'stack_id', 'deployments', 'runner_seconds']
  return stringify(rows, { header: true, columns, escape_formulas: true }).trimEnd()
}
