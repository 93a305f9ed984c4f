/** One report: read what is, and say it on the host. */
import type { Database } from '../db/database.ts'
import { consoleUrlOf } from '../deployments/deployment.ts'
import type { CommitStatus, HostApi, HostApiServices, HostRefusal } from '../git-hosts/adapter.ts'
import { isHostRefusal } from '../git-hosts/adapter.ts'
import type { HostSettings } from '../git-hosts/git-host.ts'
import { reachHostById } from '../git-hosts/reach.ts'
import { type HostSecretsServices, UNREADABLE_SECRETS } from '../git-hosts/secrets.ts'
import { lastTextOf } from '../logs/text.ts'
import { changedResources } from '../state/changed-resources.ts'
import { COMMENT_MARKER, commentBody, type StackReport } from './comment.ts'
import type { DueComment, DueReport, DueStatus } from './due.sql.ts'
import {
  type DeploymentRow,
  deploymentsOfPullRequest,
  noticeOfPullRequest,
  reportedDeployment,
} from './facts.sql.ts'
import { type ReportedDeployment, statusOf } from './git-report.ts'

export interface SayServices extends HostSecretsServices {
  readonly db: Database
  readonly hostApi: HostApiServices
  readonly config: { readonly baseUrl: string }
}

export type Said = { readonly commentId?: string } | HostRefusal

/** @throws {HostUnavailable} */
export async function say(services: SayServices, due: DueReport): Promise<Said> {
  const reached = await reachHostById(services, due.hostId)
  if (reached === 'gone') return {}
  if (reached === 'unreadable') return { code: 'HOST_UNAUTHORIZED', sentence: UNREADABLE_SECRETS }
  const { host, api } = reached
  const said =
    due.kind === 'status'
      ? await sayStatus(services, api, due)
      : await sayComment(services, api, host.settings, due)
  // Whoever connected it so wanted no reports.
  return isHostRefusal(said) && said.code === 'HOST_NOT_OFFERED' ? {} : said
}

async function sayStatus(services: SayServices, api: HostApi, due: DueStatus): Promise<Said> {
  const status = await statusFor(services, due)
  return (status && (await api.setStatus(due.repository, due.commit, status))) ?? {}
}

async function statusFor(
  { db, config }: SayServices,
  { context, deploymentId, state, description, url }: DueStatus,
): Promise<CommitStatus | undefined> {
  if (deploymentId === null) {
    return state === null || description === null || url === null
      ? undefined
      : { context, state, description, url }
  }
  const row = await reportedDeployment(db, deploymentId)
  if (row === undefined) return undefined
  const deployment = deploymentOf(row, config)
  const summary = commentBody({ stacks: [await stackReport(db, row, deployment)], notice: undefined })
  return { ...statusOf(deployment, context), summary }
}

async function sayComment(
  { db, config }: SayServices,
  api: HostApi,
  { comments = true }: HostSettings,
  due: DueComment,
): Promise<Said> {
  if (!comments) return {}
  const rows = await deploymentsOfPullRequest(db, due)
  const notice = await noticeOfPullRequest(db, due)
  if (rows.length === 0 && notice === undefined) return {}
  const stacks: StackReport[] = []
  for (const row of rows) stacks.push(await stackReport(db, row, deploymentOf(row, config)))
  return api.upsertComment(due.repository, due.pullRequest, {
    marker: COMMENT_MARKER,
    body: commentBody({ stacks, notice }),
    commentId: due.commentId ?? undefined,
  })
}

function deploymentOf(row: DeploymentRow, { baseUrl }: SayServices['config']): ReportedDeployment {
  const { organization, project, stackName: stack } = row
  return {
    ...row,
    stack: `${organization}/${project}/${stack}`,
    consoleUrl: consoleUrlOf(baseUrl, { organization, project, stack }, row.version),
  }
}

const MOST_STEPS = 200
/** More than is shown, for what is not seen goes. */
const LONGEST_LOG = 16_000

async function stackReport(
  db: Database,
  { id, updateId, commit }: DeploymentRow,
  deployment: ReportedDeployment,
): Promise<StackReport> {
  const isOver = ['succeeded', 'failed'].includes(deployment.status)
  return {
    ...deployment,
    commit,
    steps: updateId === null ? [] : await changedResources(db, updateId, MOST_STEPS),
    log: isOver ? await lastTextOf(db, id, 'pulumi ', LONGEST_LOG) : '',
  }
}
