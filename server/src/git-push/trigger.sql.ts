/** What has deployed a stack. The primary key is the guarantee; the look before it is only polite. */
import type { Queryable } from '../db/database.ts'

export interface TriggerKey {
  readonly stackId: string
  readonly hostId: string
  readonly key: string
}

const FIND = {
  name: 'git-trigger-find',
  text: /* sql */ `
    select deployment_id as "deploymentId" from git_triggers
     where stack_id = $1 and git_host_id = $2 and trigger_key = $3`,
}

/** Undefined: it has not deployed the stack. */
export async function findTrigger(
  tx: Queryable,
  { stackId, hostId, key }: TriggerKey,
): Promise<{ readonly deploymentId: string | null } | undefined> {
  return (await tx.query<{ deploymentId: string | null }>(FIND, [stackId, hostId, key])).rows[0]
}

const ADD = {
  name: 'git-trigger-add',
  text: 'insert into git_triggers (stack_id, git_host_id, trigger_key, deployment_id) values ($1, $2, $3, $4)',
}

export async function addTrigger(
  tx: Queryable,
  { stackId, hostId, key }: TriggerKey,
  deploymentId: string,
): Promise<void> {
  await tx.query(ADD, [stackId, hostId, key, deploymentId])
}
