/** Issued tokens by what a cloud's log says of them. */
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { Queryable } from '../db/database.ts'

/** A token and, unless retention took it, its deployment. */
export interface TracedRow {
  readonly jti: string
  readonly kid: string
  readonly subject: string
  readonly audience: string
  readonly purpose: string
  readonly issuedAt: Date
  readonly expiresAt: Date
  readonly deploymentId: string
  readonly version: number | null
  /** Of the deployment; in whatever form its subject was. Null: retention took it, as the stack's names if it is gone. */
  readonly operation: Operation | null
  readonly project: string | null
  readonly stack: string | null
  readonly organization: string
  readonly requestedBy: string | null
  readonly trigger: string | null
  readonly createdAt: Date | null
  readonly repository: string | null
  readonly branch: string | null
  readonly commit: string | null
  /** Templates: of its settings, and of what its stack's identity says now. */
  readonly awsSessionNames: readonly string[]
}

export interface TraceRange {
  readonly organizationId: string
  readonly from: Date
  readonly until: Date
}

const SELECT = /* sql */ `
  select m.jti, m.kid, m.subject, m.audience, m.purpose, m.issued_at as "issuedAt", m.expires_at as "expiresAt",
         m.deployment_id as "deploymentId", d.version, d.operation,
         s.project, s.name as stack, o.name as organization, u.login as "requestedBy", d.trigger,
         d.created_at as "createdAt", d.settings #>> '{sourceContext,git,repoUrl}' as repository,
         d.settings #>> '{sourceContext,git,branch}' as branch, d.settings #>> '{sourceContext,git,commit}' as commit,
         array_remove(
           array[d.settings #>> '{operationContext,oidc,aws,sessionName}',
                 i.operations #>> array[d.operation::text, 'aws', 'sessionName'],
                 case when d.operation = 'detect-drift' then i.operations #>> '{preview,aws,sessionName}' end]
             || array(select one.value #>> '{aws,sessionName}' from jsonb_each(i.named) one),
           null) as "awsSessionNames"
    from mints m
    join organizations o on o.id = m.organization_id
    left join stacks s on s.id = m.stack_id and s.organization_id = m.organization_id
    left join deployments d on d.id = m.deployment_id
    left join stack_identities i on i.stack_id = m.stack_id
    left join users u on u.id = d.requested_by
   where m.organization_id = $1 and m.issued_at between $2 and $3`

const BY_ID = /* sql */ `${SELECT}
     and (m.jti = $4 or m.deployment_id = $4)
   order by m.seq desc
   limit $5`

/** @param id Of a token or of a deployment: a UUID. */
export async function tokensById(
  db: Queryable,
  range: TraceRange,
  id: string,
  limit: number,
): Promise<TracedRow[]> {
  return (await db.query<TracedRow>(BY_ID, [range.organizationId, range.from, range.until, id, limit])).rows
}

const BY_SUBJECT = /* sql */ `${SELECT}
     and m.subject = $4
   order by m.seq desc
   limit $5`

export async function tokensBySubject(
  db: Queryable,
  range: TraceRange,
  subject: string,
  limit: number,
): Promise<TracedRow[]> {
  const values = [range.organizationId, range.from, range.until, subject, limit]
  return (await db.query<TracedRow>(BY_SUBJECT, values)).rows
}

const WITH_AWS_SESSION = /* sql */ `${SELECT}
     and m.purpose = 'exchange' and d.id is not null
     and (d.settings #>> '{operationContext,oidc,aws,sessionName}' is not null or i.stack_id is not null)
   order by m.seq desc
   limit $4`

/** Tokens that may have been exchanged at AWS, with the templates that named the sessions. */
export async function tokensWithAwsSession(
  db: Queryable,
  range: TraceRange,
  limit: number,
): Promise<TracedRow[]> {
  const values = [range.organizationId, range.from, range.until, limit]
  return (await db.query<TracedRow>(WITH_AWS_SESSION, values)).rows
}
