/**
 * Pausing: what is asked for goes on queueing, nothing is started, and what runs ends as it would. A stack and an
 * organization are paused independently of each other; claims look at both.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { hasSavedSettings } from '../settings/saved.ts'
import type { Stack } from '../stacks/stack.ts'
import { pauseOrganizationRow, pauseStackRow, wakeOrganization, wakeStack } from './pause.sql.ts'

export async function pauseStack(
  db: Database,
  stack: Stack,
  { paused, actor }: { readonly paused: boolean; readonly actor: string },
): Promise<Refusal | undefined> {
  const { id, organizationId, organization, project, name } = stack
  return db.transaction(async (tx) => {
    if (!(await hasSavedSettings(tx, id))) return noSettings
    if (!(await pauseStackRow(tx, id, paused))) return undefined
    if (!paused) await wakeStack(tx, id)
    const action = paused ? 'stack.deployments_paused' : 'stack.deployments_resumed'
    const target = `${organization}/${project}/${name}`
    await recordAudit(tx, { organizationId, actor, action, target })
    return undefined
  })
}

export async function pauseOrganization(
  db: Database,
  organization: { readonly organizationId: string; readonly organization: string },
  { paused, actor }: { readonly paused: boolean; readonly actor: string },
): Promise<void> {
  const { organizationId, organization: target } = organization
  await db.transaction(async (tx) => {
    if (!(await pauseOrganizationRow(tx, organizationId, paused))) return
    if (!paused) await wakeOrganization(tx, organizationId)
    const action = paused ? 'organization.deployments_paused' : 'organization.deployments_resumed'
    await recordAudit(tx, { organizationId, actor, action, target })
  })
}

const noSettings: Refusal = {
  status: 400,
  reason: 'no_settings',
  message:
    'Bad Request: this stack has no deployment settings; save some first, with PUT or POST …/deployments/settings.',
}
