/** Making a stack, perhaps with a first state: the CLI sends one when the secrets are another provider's. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { memberOf } from '../access/organization.ts'
import { mayCreateStack } from '../access/organization-rule.ts'
import { actorOf, type UserPrincipal } from '../access/principal.ts'
import { giveToMaker, giveToTeams, teamsNamed } from '../access/team.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { announce } from '../outbox/outbox.ts'
import { isRefusal } from '../refuse.ts'
import { insertStack } from './stack.sql.ts'
import type { FirstState, StackNames, StackTags } from './stack.ts'

export interface StackRequest extends StackNames {
  readonly id: string
  readonly tags: StackTags
  /** Names of teams that may write it from the beginning. */
  readonly teams: readonly string[]
  readonly state: FirstState | undefined
}

export const STACK_EXISTS = 'stack_exists'

/** @returns Undefined when it is made. */
export async function createStack(
  db: Database,
  principal: UserPrincipal,
  request: StackRequest,
): Promise<Refusal | undefined> {
  return db.transaction((tx) => createStackIn(tx, principal, request))
}

/** The same inside a transaction of somebody who has more to write. A refusal has made nothing. */
export async function createStackIn(
  tx: Queryable,
  principal: UserPrincipal,
  { id, organization, project, stack, tags, teams, state }: StackRequest,
): Promise<Refusal | undefined> {
  const membership = memberOf(principal, organization)
  if (isRefusal(membership)) return membership
  const { organizationId } = membership
  const refusal = await mayCreateStack(tx, membership)
  if (refusal) return refusal
  const given = await teamsNamed(tx, organizationId, teams)
  if (isRefusal(given)) return given
  const createdBy = principal.userId
  if (!(await insertStack(tx, { id, organizationId, project, name: stack, tags, createdBy }))) {
    // The CLI looks for "already exists".
    const message = `Conflict: Stack ${organization}/${project}/${stack} already exists.`
    return { status: 409, reason: STACK_EXISTS, message }
  }
  await giveToMaker(tx, principal, membership, id)
  await giveToTeams(tx, { organizationId, stackId: id }, given)
  await state?.write(tx, id)
  const target = `${organization}/${project}/${stack}`
  const details = teams.length > 0 ? { teams } : {}
  await recordAudit(tx, {
    organizationId,
    actor: actorOf(principal),
    action: 'stack.created',
    target,
    details,
  })
  const made = { id, organizationId, organization, project, name: stack }
  await announce(tx, { event: 'stack_created', stack: made, by: principal })
  return undefined
}
