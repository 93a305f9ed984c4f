/** Deployments in the shapes of Pulumi's API. */
import type {
  DeploymentJob,
  GetDeploymentResponse,
  ListedDeployment,
  NestedUpdate,
  UpdateResult,
  UserInfo,
} from '@daypass/contract/deployments.ts'
import { tagRef } from '../settings/repository-url.ts'
import type { StoredSettings } from '../settings/settings.ts'
import { publicStatus } from './deployment.ts'
import type { UpdateRow } from './linked-updates.sql.ts'
import type { DeploymentRow, DeploymentWithSettings, StepRow } from './read.sql.ts'

export function deploymentAnswer(
  row: DeploymentWithSettings,
  steps: readonly StepRow[],
  updates: readonly UpdateRow[],
): GetDeploymentResponse {
  const jobs = jobsAnswer(row, steps)
  return {
    ...commonAnswer(row, updates),
    latestVersion: row.latestVersion,
    ...(row.failureCode !== null && {
      failure: { code: row.failureCode, message: row.failureMessage ?? '' },
    }),
    ...(jobs.length > 0 && { jobs }),
    configuration: configurationAnswer(row.settings),
  }
}

export function listedAnswer(
  row: DeploymentRow,
  steps: readonly StepRow[],
  updates: readonly UpdateRow[],
): ListedDeployment {
  return {
    ...commonAnswer(row, updates),
    jobs: jobsAnswer(row, steps),
  }
}

function commonAnswer(row: DeploymentRow, updates: readonly UpdateRow[]) {
  return {
    id: row.id,
    created: plainTime(row.createdAt),
    modified: plainTime(row.modifiedAt),
    status: publicStatus(row.status),
    version: row.version,
    requestedBy: userAnswer(row),
    projectName: row.project,
    stackName: row.stack,
    pulumiOperation: row.operation,
    ...(row.initiator !== '' && { initiator: row.initiator }),
    paused: row.paused,
    agentPool: { id: row.poolId, name: row.poolName },
    updates: updates.map(nestedUpdateAnswer),
  }
}

/** `YYYY-MM-DD HH:MM:SS.mmm`, UTC. */
export function plainTime(at: Date): string {
  return at.toISOString().slice(0, 23).replace('T', ' ')
}

export function userAnswer(row: { login: string; userName: string; email: string }): UserInfo {
  return {
    name: row.userName,
    githubLogin: row.login,
    avatarUrl: '',
    ...(row.email !== '' && { email: row.email }),
  }
}

/** None before a runner has taken it, unless it ended before that and says why in a step. */
function jobsAnswer(row: DeploymentRow, steps: readonly StepRow[]): DeploymentJob[] {
  if (row.claimedAt === null && steps.length === 0) return []
  return [
    {
      status: publicStatus(row.status),
      started: (row.claimedAt ?? row.modifiedAt).toISOString(),
      lastUpdated: row.modifiedAt.toISOString(),
      steps: steps.map(({ name, status, startedAt, endedAt }) => ({
        name,
        status,
        ...(startedAt && { started: startedAt.toISOString() }),
        ...((endedAt ?? startedAt) && { lastUpdated: (endedAt ?? startedAt)?.toISOString() ?? '' }),
      })),
    },
  ]
}

function configurationAnswer(settings: StoredSettings): GetDeploymentResponse['configuration'] {
  const { repoUrl, branch, tag, repoDir, commit } = settings.sourceContext?.git ?? {}
  const template = settings.sourceContext?.template?.sourceUrl
  const ref = branch ?? (tag === undefined ? undefined : tagRef(tag))
  const variables = Object.entries(settings.operationContext?.environmentVariables ?? {})
  return {
    environmentVariables: variables.map(([name, value]) =>
      typeof value === 'string' ? { name, value, secret: false } : { name, secret: true },
    ),
    ...(repoUrl !== undefined && {
      source: {
        git: {
          repoURL: repoUrl,
          ...(ref !== undefined && { branch: ref }),
          ...(repoDir !== undefined && { repoDir }),
          ...(commit !== undefined && { commit }),
        },
      },
    }),
    ...(template !== undefined && { source: { template: { sourceUrl: template } } }),
  }
}

function nestedUpdateAnswer(row: UpdateRow): NestedUpdate {
  const { kind, startTime, endTime, message, environment, result } = updateInfo(row)
  return {
    id: row.id,
    updateID: row.id,
    version: row.version ?? 0,
    startTime,
    endTime,
    result,
    kind,
    message,
    environment,
  }
}

function updateInfo(row: UpdateRow) {
  const metadata = parsed(row.metadata)
  const environment = Object.entries(asObject(metadata['environment']))
  return {
    kind: row.kind,
    startTime: seconds(row.startedAt),
    message: typeof metadata['message'] === 'string' ? metadata['message'] : '',
    environment: Object.fromEntries(
      environment.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : [])),
    ),
    result: RESULTS[row.status],
    endTime: seconds(row.endedAt),
  }
}

const RESULTS: Readonly<Record<UpdateRow['status'], UpdateResult>> = {
  'not started': 'not-started',
  running: 'in-progress',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'failed',
}

function seconds(at: Date | null): number {
  return at === null ? 0 : Math.floor(at.getTime() / 1000)
}

/** The CLI's words, kept as it sent them; whatever else they are, an answer needs an object. */
function parsed(json: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(json))
  } catch {
    return {}
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {}
}
