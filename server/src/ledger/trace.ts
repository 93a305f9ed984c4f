/**
 * From an entry in a cloud's log back to the deployment, the commit and the person.
 *
 * What such an entry names: the id of the token (`jti`), the deployment's id (in a session name), the subject, or an
 * AWS session by its name or ARN. Which of them it is can be told from its form.
 */
import type { TokenTrace, TracedDeployment } from '@daypass/contract/token-trace.ts'
import { renderSessionName } from '@daypass/trust/aws/session-name.ts'
import { isSubject, type NamedIdentity, readSubject } from '@daypass/trust/subject.ts'
import type { Queryable } from '../db/database.ts'
import {
  type TracedRow,
  type TraceRange,
  tokensById,
  tokensBySubject,
  tokensWithAwsSession,
} from './trace.sql.ts'

export interface TraceQuestion {
  readonly organizationId: string
  /** What the cloud's log says. */
  readonly of: string
  /** When it says so. Undefined: at any time of the last 90 days. */
  readonly at: Date | undefined
}

const DAY_MS = 86_400_000
const LONGEST_SESSION_MS = DAY_MS / 2
/** Between our clock and the cloud's. */
const CLOCKS_MS = 10 * 60_000
const LAST_DAYS = 90
const MOST_TOKENS = 200
/** Names of sessions are made in the runner from a template, so they are compared here, token by token. */
const MOST_SESSIONS = 20_000

const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/i
/** `arn:aws:sts::123456789012:assumed-role/<role>/<session>`, in every partition. */
const SESSION_ARN = /^arn:[\w-]+:sts::\d{12}:assumed-role\/.+\/([^/]+)$/

export async function traceToken(db: Queryable, question: TraceQuestion, now: Date): Promise<TokenTrace> {
  const range = rangeOf(question, now)
  const of = SESSION_ARN.exec(question.of)?.[1] ?? question.of
  const id = UUID.exec(of)?.[0]
  if (id !== undefined) return answer(await tokensById(db, range, id.toLowerCase(), MOST_TOKENS))
  if (isSubject(of)) return answer(await tokensBySubject(db, range, of, MOST_TOKENS))
  const exchanged = await tokensWithAwsSession(db, range, MOST_SESSIONS)
  return answer(exchanged.filter((row) => sessionNamesOf(row).includes(of)).slice(0, MOST_TOKENS))
}

function rangeOf({ organizationId, at }: TraceQuestion, now: Date): TraceRange {
  const until = at ?? now
  const beforeMs = at === undefined ? LAST_DAYS * DAY_MS : LONGEST_SESSION_MS + CLOCKS_MS
  return {
    organizationId,
    from: new Date(until.getTime() - beforeMs),
    until: new Date(until.getTime() + CLOCKS_MS),
  }
}

/**
 * What the subject says, and what only the database knows: its names, where the compact form has none, and the operation,
 * where the class form has none.
 */
function identityOf(row: TracedRow): Partial<NamedIdentity> {
  const { organization, project, stack, operation } = row
  const { form: _, ...said } = readSubject(row.subject) ?? { form: undefined }
  return {
    ...(project !== null && stack !== null && { organization, project, stack }),
    ...(operation !== null && { operation }),
    ...said,
  }
}

/** The identity of its own, the one by its operation and the named ones each have a session. */
function sessionNamesOf(row: TracedRow): readonly string[] {
  const { awsSessionNames, deploymentId, version } = row
  const { organization, project, stack, operation } = identityOf(row)
  if (version === null) return []
  if (organization === undefined || project === undefined || stack === undefined || operation === undefined) {
    return []
  }
  const names = { organization, project, stack, operation, deploymentId, deploymentVersion: version }
  return awsSessionNames.flatMap((template) => {
    const rendered = renderSessionName(template, names)
    return rendered.ok ? [rendered.sessionName] : []
  })
}

function answer(rows: readonly TracedRow[]): TokenTrace {
  const byDeployment = new Map<string, TracedDeployment>()
  for (const row of rows) {
    const deployment = byDeployment.get(row.deploymentId) ?? deploymentOf(row)
    byDeployment.set(row.deploymentId, deployment)
    deployment.tokens.push({
      id: row.jti,
      kid: row.kid,
      subject: row.subject,
      audience: row.audience,
      purpose: row.purpose,
      issuedAt: row.issuedAt.toISOString(),
      expiresAt: row.expiresAt.toISOString(),
    })
  }
  return { deployments: [...byDeployment.values()] }
}

function deploymentOf(row: TracedRow): TracedDeployment {
  const { organization, project, stack, operation } = identityOf(row)
  return {
    id: row.deploymentId,
    stack: stack === undefined ? row.subject : `${organization}/${project}/${stack}`,
    operation: operation ?? '',
    ...(row.version !== null && { version: row.version }),
    ...(row.requestedBy !== null && { requestedBy: row.requestedBy }),
    ...(row.trigger !== null && { trigger: row.trigger }),
    ...(row.createdAt !== null && { createdAt: row.createdAt.toISOString() }),
    ...(row.repository !== null && { repository: row.repository }),
    ...(row.branch !== null && { branch: row.branch }),
    ...(row.commit !== null && { commit: row.commit }),
    tokens: [],
  }
}
