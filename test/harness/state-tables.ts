/** For tests of the state: a stack, its people and its deployments, straight in the tables. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Operation } from '@daypass/contract/job-protocol.ts'
import type { DeploymentPrincipal, UserPrincipal } from '../../server/src/access/principal.ts'
import type { Database } from '../../server/src/db/database.ts'
import { isRefusal } from '../../server/src/refuse.ts'
import { findStack, type Stack } from '../../server/src/stacks/stack.ts'
import { createUpdate, type StartedUpdate, startUpdate } from '../../server/src/state/open-update.ts'
import type { ReceivedState } from '../../server/src/state/stored-state.ts'
import type { UpdateKind } from '../../server/src/state/update.ts'

export interface TestStack {
  readonly stack: Stack
  readonly user: UserPrincipal
}

export async function makeTestStack(db: Database): Promise<TestStack> {
  const [organizationId, userId, stackId] = [randomUUID(), randomUUID(), randomUUID()]
  const login = `u${userId.slice(0, 8)}`
  await db.query('insert into organizations (id, name) values ($1, $2)', [organizationId, organizationId])
  await db.query('insert into users (id, login, name) values ($1, $2, $2)', [userId, login])
  await db.query("insert into stacks (id, organization_id, project, name) values ($1, $2, 'p', 's')", [
    stackId,
    organizationId,
  ])
  const stack = await findStack(db, { organization: organizationId, project: 'p', stack: 's' })
  if (!stack) throw new Error('The stack that was just made is gone.')
  const memberships = [
    {
      organizationId,
      organization: organizationId,
      role: 'member' as const,
      stackPermission: 102 as const,
      createsStacks: true,
      deletesStacks: true,
    },
  ]
  const user: UserPrincipal = {
    kind: 'user',
    userId,
    login,
    name: login,
    email: '',
    siteAdmin: false,
    memberships,
  }
  return { stack, user }
}

export async function makeTestDeployment(
  db: Database,
  { stack, user }: TestStack,
  operation: Operation,
): Promise<DeploymentPrincipal> {
  const [deploymentId, poolId] = [randomUUID(), randomUUID()]
  await db.query('insert into pools (id, name) values ($1, $2)', [poolId, `pool-${poolId}`])
  await db.query(
    /* sql */ `
    insert into deployments (id, stack_id, organization_id, version, operation, status, pool_id, requested_by, trigger,
                             settings, timeout_seconds, fencing, lease_until)
    values ($1, $2, $3, (select count(*) + 1 from deployments where stack_id = $2), $4, 'running', $5, $6, 'api', '{}',
            60, 1, now() + interval '1 minute')`,
    [deploymentId, stack.id, stack.organizationId, operation, poolId, user.userId],
  )
  const { id: stackId, organizationId } = stack
  return { kind: 'deployment', deploymentId, stackId, organizationId, operation, fencing: 1, user }
}

export interface OpenedUpdate extends StartedUpdate {
  readonly id: string
}

/** Creates and starts one. */
export async function openTestUpdate(
  db: Database,
  principal: UserPrincipal | DeploymentPrincipal,
  stack: Stack,
  kind: UpdateKind = 'update',
  journalVersion = 0,
): Promise<OpenedUpdate | Refusal> {
  const id = randomUUID()
  const request = { dryRun: false, program: '{}', config: '{}', metadata: '{}' }
  const refusal = await createUpdate(db, principal, stack, { id, kind, request })
  if (refusal) return refusal
  const started = await startUpdate({ db, randomBytes }, principal, stack, {
    updateId: id,
    tags: undefined,
    journalVersion,
  })
  return isRefusal(started) ? started : { id, ...started }
}

/** A small state as it is when its body was received. */
export function receivedState(deployment: string): ReceivedState {
  return {
    schemaVersion: 3,
    features: [],
    resourceCount: 0,
    byteCount: Buffer.byteLength(deployment),
    sha256: createHash('sha256').update(deployment).digest(),
    chunks: [gzipSync(deployment)],
  }
}
