/**
 * Asks for one deployment of one stack, in the name of whoever connected the host, with the saved settings and nothing
 * of the event but which commit.
 *
 * Its own transaction: the deployment and the note that this move has deployed the stack are written together, so that a
 * crash before it asks again and one after it does not.
 */
import { canWriteStack, isOrganizationAdmin } from '../access/permission.ts'
import { actingUser } from '../access/person.ts'
import { stackPlaceOf } from '../access/stack-place.ts'
import type { Queryable } from '../db/database.ts'
import { isLockNotAvailable } from '../db/errors.ts'
import type { GitFacts } from '../deployments/git-facts.ts'
import { type DeploymentRequest, type RequestServices, requestDeploymentIn } from '../deployments/request.ts'
import type { StackOutcome } from '../git-deliveries/delivery.ts'
import type { GitHost } from '../git-hosts/git-host.ts'
import { isRefusal } from '../refuse.ts'
import { holdStack } from '../stacks/stack.ts'
import type { Candidate } from './candidates.ts'
import { addTrigger, findTrigger, type TriggerKey } from './trigger.sql.ts'

export interface GitDeployment extends Pick<DeploymentRequest, 'operation' | 'trigger' | 'initiator'> {
  /** The same for the same move, whoever tells of it and how often. */
  readonly key: string
  readonly git: GitFacts
  readonly note: string | undefined
  /** Over those that are saved, in this one deployment. */
  readonly settings?: DeploymentRequest['settings']
}

export interface Asked extends StackOutcome {
  /** Somebody holds the stack for long. */
  readonly tryAgain?: true
}

export async function deployStack(
  services: RequestServices,
  host: GitHost,
  candidate: Pick<Candidate, 'stackId' | 'stack'>,
  deployment: GitDeployment,
): Promise<Asked> {
  const { stack } = candidate
  try {
    return await services.db.transaction((tx) => deployIn(tx, services, host, candidate, deployment))
  } catch (error) {
    if (!isLockNotAvailable(error)) throw error
    return {
      stack,
      result: 'refused',
      message: HELD,
      tryAgain: true,
    }
  }
}

export const HELD = 'Somebody else holds the stack; trying again.'

/** Whether the stack was deployed for the move that has the key. */
export async function wasDeployed(db: Queryable, key: TriggerKey): Promise<boolean> {
  return (await findTrigger(db, key)) !== undefined
}

/** The same inside a transaction of somebody who has more to write. A refusal has queued nothing. */
export async function deployIn(
  tx: Queryable,
  services: RequestServices,
  { id: hostId, organizationId, actsFor }: GitHost,
  { stackId, stack }: Pick<Candidate, 'stackId' | 'stack'>,
  { key, git, note, settings = {}, ...asked }: GitDeployment,
): Promise<Asked> {
  await tx.query(`select set_config('lock_timeout', '2s', true)`)
  if (!(await holdStack(tx, stackId))) return refused(stack, 'The stack is gone.')
  const before = await findTrigger(tx, { stackId, hostId, key })
  if (before) {
    const { deploymentId } = before
    return { stack, result: 'deployed-before', ...(deploymentId !== null && { deploymentId }) }
  }
  const person = actsFor === null ? undefined : await actingUser(tx, actsFor)
  if (!person)
    return refused(stack, 'Whoever connected the git host is gone: an admin has to change it once.')
  const place = await stackPlaceOf(tx, stackId)
  if (!place || !canWriteStack(person, place))
    return refused(stack, `${person.login}, who connected the git host, may not write this stack.`)
  const requester = {
    userId: person.userId,
    isOrganizationAdmin: isOrganizationAdmin(person, organizationId),
  }
  const requested = await requestDeploymentIn(tx, services, requester, stackId, {
    ...asked,
    inheritSettings: true,
    settings,
    git,
    ...(note !== undefined && { note }),
  })
  if (isRefusal(requested)) return refused(stack, requested.message)
  await addTrigger(tx, { stackId, hostId, key }, requested.id)
  return {
    stack,
    result: 'deployed',
    deploymentId: requested.id,
    ...(note !== undefined && { message: note }),
  }
}

function refused(stack: string, message: string): Asked {
  return { stack, result: 'refused', message }
}
