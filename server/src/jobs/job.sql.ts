/** From a job token to its deployment. */
import type { SessionTag } from '@daypass/contract/identity.ts'
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { SubjectForm } from '@daypass/trust/subject.ts'
import type { Queryable } from '../db/database.ts'

export interface JobRow {
  readonly deploymentId: string
  /** Null when the deployment has removed it. */
  readonly stackId: string | null
  readonly operation: Operation
  readonly fencing: number
  readonly status: string
  readonly failureCode: string | null
  /** It runs, and its lease is not over. */
  readonly live: boolean
  readonly cancelRequested: boolean
  readonly notes: readonly string[]
}

const COLUMNS = /* sql */ `
  id as "deploymentId", stack_id as "stackId", operation, fencing, status, failure_code as "failureCode",
  coalesce(status = 'running' and lease_until > clock_timestamp(), false) as live,
  cancel_requested_at is not null as "cancelRequested", notes`

const FIND = {
  name: 'find-job',
  text: /* sql */ `select ${COLUMNS} from deployments where job_token_hash = $1`,
}
/** Held to the end of the transaction: no end of the deployment comes between the check and the write. */
const HOLD = {
  name: 'hold-job',
  text: /* sql */ `select ${COLUMNS} from deployments where job_token_hash = $1 for share`,
}

export async function findJob(db: Queryable, tokenHash: Buffer): Promise<JobRow | undefined> {
  return (await db.query<JobRow>(FIND, [tokenHash])).rows[0]
}

export async function holdJob(tx: Queryable, tokenHash: Buffer): Promise<JobRow | undefined> {
  return (await tx.query<JobRow>(HOLD, [tokenHash])).rows[0]
}

/** All that a token says, and whether it may be said. */
export interface IdentityRow {
  readonly tokenHash: Buffer
  readonly live: boolean
  /** It acts as somebody at a cloud: by the settings, or by its stack's identity. */
  readonly hasOidc: boolean
  /** Only the supervisor may have a token for clouds (identity/by-operation). */
  readonly withheld: boolean
  /** Beside the clouds of its settings. */
  readonly audiences: readonly string[]
  readonly nameRetired: boolean
  readonly subjectForm: SubjectForm
  /** Of its sessions at AWS. */
  readonly sessionTags: readonly SessionTag[]
  readonly deploymentId: string
  readonly version: number
  readonly operation: Operation
  readonly stackId: string
  readonly organizationId: string
  readonly organization: string
  readonly project: string
  readonly stack: string
  readonly trigger: string
  /** A login. */
  readonly actor: string
  readonly repository: string | null
  readonly commit: string | null
  readonly ref: string | null
  readonly pullRequest: number | null
  readonly templateStack: string | null
}

/** One statement, and for all that ask at once: beside the signature it is what a mint costs most. */
const IDENTITIES = {
  name: 'identities-of-jobs',
  text: /* sql */ `
    select d.job_token_hash as "tokenHash",
           d.status = 'running' and d.lease_until > clock_timestamp() as live,
           d.settings -> 'operationContext' -> 'oidc' is not null
             or coalesce(i.operations ? d.operation, false)
             or coalesce(i.read_only_previews and d.operation = 'detect-drift', false)
             or coalesce(i.named <> '{}', false) as "hasOidc",
           coalesce(i.read_only_previews and d.operation in ('preview', 'detect-drift'), false) as withheld,
           exists (select from retired_stack_names r
                    where r.organization_id = s.organization_id and r.project = s.project and r.name = s.name)
             as "nameRetired",
           coalesce(i.subject_form, 'pulumi') as "subjectForm",
           coalesce(i.session_tags, '{}') as "sessionTags",
           array(select a.audience from stack_audiences a where a.stack_id = s.id) as audiences,
           d.id as "deploymentId", d.version, d.operation, s.id as "stackId",
           o.id as "organizationId", o.name as organization, s.project, s.name as stack,
           d.trigger, u.login as actor, d.settings #>> '{sourceContext,git,repoUrl}' as repository,
           d.settings #>> '{sourceContext,git,commit}' as commit,
           d.git ->> 'ref' as ref, (d.git ->> 'pullRequest')::integer as "pullRequest",
           d.git ->> 'templateStack' as "templateStack"
      from deployments d
      join users u on u.id = d.requested_by
      join stacks s on s.id = d.stack_id
      join organizations o on o.id = d.organization_id
      left join stack_identities i on i.stack_id = s.id
     where d.job_token_hash = any($1::bytea[])`,
}

/** In the order of the hashes; undefined for one that nobody knows. */
export async function identitiesOfJobs(
  db: Queryable,
  tokenHashes: readonly Buffer[],
): Promise<(IdentityRow | undefined)[]> {
  const { rows } = await db.query<IdentityRow>(IDENTITIES, [tokenHashes])
  const byHash = new Map(rows.map((row) => [row.tokenHash.toString('latin1'), row]))
  return tokenHashes.map((hash) => byHash.get(hash.toString('latin1')))
}

const POOL = {
  name: 'pool-of-token',
  text: /* sql */ `
    select id as "poolTokenId", pool_id as "poolId" from pool_tokens
     where token_hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())`,
}

export async function findPoolToken(
  db: Queryable,
  tokenHash: Buffer,
): Promise<{ readonly poolTokenId: string; readonly poolId: string } | undefined> {
  return (await db.query<{ poolTokenId: string; poolId: string }>(POOL, [tokenHash])).rows[0]
}
