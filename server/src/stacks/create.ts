/** Making a stack, perhaps with a first state: the CLI sends one when the secrets are another provider's. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { membershipIn } from '../access/permission.ts'
import { actorOf, type UserPrincipal } from '../access/principal.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { insertStack } from './stack.sql.ts'
import type { FirstState, StackNames, StackTags } from './stack.ts'

export interface StackRequest extends StackNames {
  readonly id: string
  readonly tags: StackTags
  readonly state: FirstState | undefined
}

/** @returns Undefined when it is made. */
export async function createStack(
  db: Database,
  principal: UserPrincipal,
  request: StackRequest,
): Promise<Refusal | undefined> {
  const { id, organization, project, stack, tags, state } = request
  const membership = membershipIn(principal, organization)
  if (!membership) {
    return {
      status: 404,
      reason: 'organization_not_found',
      message: `Not Found: no organization named ${organization} that you are a member of.`,
    }
  }
  if (!membership.createsStacks) {
    return {
      status: 403,
      reason: 'stack_creation_closed',
      message: `Forbidden: in ${organization} only admins make stacks.`,
    }
  }
  const { organizationId } = membership
  const createdBy = principal.userId
  return db.transaction(async (tx) => {
    if (!(await insertStack(tx, { id, organizationId, project, name: stack, tags, createdBy }))) {
      // The CLI looks for "already exists".
      const message = `Conflict: Stack ${organization}/${project}/${stack} already exists.`
      return { status: 409, reason: 'stack_exists', message }
    }
    await state?.write(tx, id)
    const target = `${organization}/${project}/${stack}`
    await recordAudit(tx, { organizationId, actor: actorOf(principal), action: 'stack.created', target })
    return undefined
  })
}
