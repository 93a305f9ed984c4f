/** Usage of an organization, for its members: Pulumi's two forms, and our own by stack and month. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { UsageRecord, UsageSummary, type UsageSummaryItem } from '@daypass/contract/usage.ts'
import { stringify } from 'csv-stringify/sync'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { memberOf } from '../access/organization.ts'
import { readableStacks } from '../access/permission.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { type PeriodUsage, type StackUsage, usageByPeriod, usageByStack } from './report.sql.ts'
import { GRANULARITIES, type Granularity, isoWeekOf, periodBounds } from './usage.ts'

export interface UsageServices {
  readonly db: Database
  readonly now: () => Date
}

const Organization = Type.Object({ organization: Type.String() })
const SummaryQuery = Type.Object({
  granularity: Type.Union(GRANULARITIES.map((one) => Type.Literal(one))),
  lookbackDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 366 })),
  /** Unix seconds. */
  lookbackStart: Type.Optional(Type.Integer({ minimum: 0 })),
})
const ReportQuery = Type.Object({
  lookbackDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 366 })),
})
const MonthQuery = Type.Object({
  /** `2026-11`; the current one when nothing is said. UTC. */
  month: Type.Optional(Type.String({ pattern: '^20[0-9]{2}-(?:0[1-9]|1[0-2])$' })),
  format: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('csv')])),
})

const DAY_MS = 86_400_000
const REPORT_DAYS = 30
const MOST_HOURLY_DAYS = 2
const MOST_DAYS = 366

export function usageRoutes(app: FastifyInstance, { db, now }: UsageServices): void {
  app.get<{ Params: Static<typeof Organization>; Querystring: Static<typeof SummaryQuery> }>(
    '/api/orgs/:organization/deployments/summary',
    {
      schema: {
        operationId: 'getOrgDeploymentsSummary',
        summary: 'Read how long runners worked, by period',
        tags: ['Usage'],
        params: Organization,
        querystring: SummaryQuery,
        response: { 200: UsageSummary, 204: Type.Null({ description: 'There was none.' }) },
      },
    },
    async ({ principal, params, query }, reply) => {
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const from = lookback(query, now())
      if (!(from instanceof Date)) return refuse(reply, from)
      const bounds = periodBounds(query.granularity, from, now())
      const usage = await usageByPeriod(db, membership.organizationId, bounds)
      if (usage.length === 0) return reply.code(204).send()
      return { summary: usage.map((period) => summaryAnswer(query.granularity, period, bounds)) }
    },
  )

  app.get<{ Params: Static<typeof Organization>; Querystring: Static<typeof ReportQuery> }>(
    '/api/orgs/:organization/deployments/usagereport',
    {
      schema: {
        operationId: 'getOrgDeploymentsUsageReport',
        summary: 'Read how long runners worked, by day',
        tags: ['Usage'],
        params: Organization,
        querystring: ReportQuery,
        response: { 200: Type.Array(UsageRecord) },
      },
    },
    async ({ principal, params, query }, reply) => {
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organizationId } = membership
      const days = query.lookbackDays ?? REPORT_DAYS
      const bounds = periodBounds('daily', new Date(now().getTime() - days * DAY_MS), now())
      const usage = await usageByPeriod(db, organizationId, bounds)
      return usage.map((period) => reportAnswer(organizationId, period, bounds))
    },
  )

  app.get<{ Params: Static<typeof Organization>; Querystring: Static<typeof MonthQuery> }>(
    '/api/daypass/orgs/:organization/usage',
    { schema: { params: Organization, querystring: MonthQuery } },
    async ({ principal, params: { organization }, query, headers }, reply) => {
      const membership = memberOf(principal, organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const month = query.month ?? now().toISOString().slice(0, 7)
      const begin = new Date(`${month}-01T00:00:00Z`)
      const [, end = begin] = periodBounds('monthly', begin, begin)
      // Whoever pays sees what it is for; members see what they see anyway.
      const readable =
        membership.role === 'billing-manager' ? undefined : readableStacks(principal, organization)
      const stacks = await usageByStack(db, membership.organizationId, { begin, end }, readable)
      const wantsCsv = query.format === 'csv' || (query.format === undefined && prefersCsv(headers.accept))
      if (!wantsCsv) return monthAnswer(organization, month, stacks)
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="usage-${organization}-${month}.csv"`)
        .send(monthCsv(organization, month, stacks))
    },
  )
}

function lookback(
  { granularity, lookbackDays, lookbackStart }: Static<typeof SummaryQuery>,
  now: Date,
): Date | Refusal {
  if ((lookbackDays === undefined) === (lookbackStart === undefined))
    return bad('Give one of lookbackDays and lookbackStart.')
  const start =
    lookbackStart === undefined ? now.getTime() - (lookbackDays ?? 0) * DAY_MS : lookbackStart * 1000
  if (start > now.getTime()) return bad('lookbackStart must be in the past.')
  const most = granularity === 'hourly' ? MOST_HOURLY_DAYS : MOST_DAYS
  if (now.getTime() - start > most * DAY_MS)
    return bad(`With ${granularity}, look back ${most} days at most.`)
  return new Date(start)
}

/** The fields are those of a count of resources. Here: minutes and hours of runners, rounded up. */
function summaryAnswer(
  granularity: Granularity,
  { index, seconds }: PeriodUsage,
  bounds: readonly Date[],
): UsageSummaryItem {
  const begin = bounds[index] ?? new Date(0)
  const { year, week } = isoWeekOf(begin)
  const amounts = { resources: Math.ceil(seconds / 60), resourceHours: Math.ceil(seconds / 3600) }
  if (granularity === 'weekly') return { year, weekNumber: week, ...amounts }
  return {
    year: begin.getUTCFullYear(),
    ...(granularity !== 'yearly' && { month: begin.getUTCMonth() + 1 }),
    ...((granularity === 'daily' || granularity === 'hourly') && { day: begin.getUTCDate() }),
    ...(granularity === 'hourly' && { hour: begin.getUTCHours() }),
    ...amounts,
  }
}

function reportAnswer(
  organizationId: string,
  { index, seconds, deployments }: PeriodUsage,
  bounds: readonly Date[],
): UsageRecord {
  const [begin = 0, end = 0] = [bounds[index], bounds[index + 1]].map((at) => (at?.getTime() ?? 0) / 1000)
  return {
    OrgID: organizationId,
    Timestamp: begin,
    UsageRangeStart: begin,
    UsageRangeEnd: end,
    Value: Math.ceil(seconds / 60),
    Count: deployments,
  }
}

function monthAnswer(organization: string, month: string, stacks: readonly StackUsage[]): object {
  return {
    organization,
    month,
    deployments: stacks.reduce((sum, { deployments }) => sum + deployments, 0),
    runnerSeconds: Math.round(stacks.reduce((sum, { seconds }) => sum + seconds, 0)),
    stacks: stacks.map(({ seconds, ...stack }) => ({ ...stack, runnerSeconds: Math.round(seconds) })),
  }
}

/** Names of projects and stacks are their owners' choice: none may become a formula in a spreadsheet. */
function monthCsv(organization: string, month: string, stacks: readonly StackUsage[]): string {
  const rows = stacks.map(({ project, stack, stackId, deployments, seconds }) => ({
    month,
    organization,
    project,
    stack,
    stack_id: stackId,
    deployments,
    runner_seconds: Math.round(seconds),
  }))
  const columns = ['month', 'organization', 'project', 'stack', 'stack_id', 'deployments', 'runner_seconds']
  return stringify(rows, { header: true, columns, escape_formulas: true, record_delimiter: 'windows' })
}

function prefersCsv(accept: string | undefined): boolean {
  return /^\s*text\/csv\b/i.test(accept ?? '')
}

function bad(sentence: string): Refusal {
  return { status: 400, reason: 'invalid_request', message: `Bad Request: ${sentence}` }
}
