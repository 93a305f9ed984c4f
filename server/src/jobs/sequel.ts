/**
 * What a deployment's settings ask for after it succeeded: the stack is removed (`deleteAfterDestroy`), or drift that
 * was found is remediated (`remediateIfDriftDetected`). The server does both, in the transaction of the end, with the
 * rights that the requester has at that moment. The job could do neither: its token reaches one stack's state.
 */

import { mayDeleteStack } from '../access/organization-rule.ts'
import { canAdministerStack, canWriteStack, isOrganizationAdmin } from '../access/permission.ts'
import { actingUser } from '../access/person.ts'
import type { UserPrincipal } from '../access/principal.ts'
import { stackPlaceOf } from '../access/stack-place.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable, Transaction } from '../db/database.ts'
import { skipQueued } from '../deployments/end.ts'
import { type RequestServices, requestDeploymentIn } from '../deployments/request.ts'
import { detectionOf, driftSentence, isDrift } from '../drift/drift.ts'
import { addServerStep, sayInLog } from '../logs/append.ts'
import { announce } from '../outbox/outbox.ts'
import type { SettingsPatch } from '../settings/read-settings.ts'
import { removeStack, whyNotRemoved } from '../stacks/removed.ts'
import type { StateOfStacks } from '../stacks/stack.ts'
import type { JobRow } from './job.sql.ts'
import { type FinishingDeployment, findFinishing } from './sequel.sql.ts'

export interface SequelServices extends RequestServices {
  readonly state: Pick<StateOfStacks, 'runningUpdateConflict'>
  readonly now: () => Date
}

export interface Sequel {
  /** The deployment ends as failed with this: what was asked for after it cannot be. */
  readonly failure?: { readonly code: string; readonly message: string }
  /** Call it after the end, in the same transaction. */
  readonly follow: () => Promise<void>
}

const STEP_NAME = 'Remove stack'
export const REMOVAL_FAILED = 'stack_removal_failed'

const nothing: Sequel = { follow: async () => {} }

/** For a deployment that is about to succeed, under its stack's lock. */
export async function sequelOf(
  tx: Transaction,
  services: SequelServices,
  { deploymentId, operation }: Pick<JobRow, 'deploymentId' | 'operation'>,
): Promise<Sequel> {
  if (operation !== 'destroy' && operation !== 'detect-drift') return nothing
  const deployment = await findFinishing(tx, deploymentId)
  const options = deployment?.settings.operationContext?.options
  if (!deployment) return nothing
  if (operation === 'destroy' && options?.deleteAfterDestroy === true) {
    return removal(tx, services, deployment)
  }
  if (operation === 'detect-drift') {
    return afterDetection(tx, services, deployment, options?.remediateIfDriftDetected === true)
  }
  return nothing
}

async function removal(
  tx: Transaction,
  services: SequelServices,
  deployment: FinishingDeployment,
): Promise<Sequel> {
  const { id, stackId, organizationId, organization, project, stack } = deployment
  const stackName = `${organization}/${project}/${stack}`
  const who = await deleterOf(tx, deployment)
  const why = typeof who === 'string' ? who : await whyNotRemoved(tx, stackId, services.state)
  const report = (status: 'succeeded' | 'failed', sentence: string): Promise<void> =>
    addServerStep(tx, id, { name: STEP_NAME, status, sentences: [sentence] }, services.now())
  if (typeof who === 'string' || why !== undefined) {
    const message = `The resources are destroyed, but the stack ${stackName} is not removed: ${why} Remove it with "pulumi stack rm ${stackName}".`
    return { failure: { code: REMOVAL_FAILED, message }, follow: () => report('failed', message) }
  }
  return {
    follow: async () => {
      const gone = `Skipped, because deployment ${deployment.version} destroyed and removed the stack.`
      const skipped = await skipQueued(tx, services.ending, stackId, {
        failureCode: 'stack_removed',
        sentence: gone,
      })
      const sentence = `The stack ${stackName} is removed, with its state, settings and schedules. This log stays. The name gets no token until an organization admin releases it.`
      await report('succeeded', sentence)
      await removeStack(tx, stackId, [id, ...skipped])
      const actor = `deployment:${id}`
      await recordAudit(tx, { organizationId, actor, action: 'stack.deleted', target: stackName })
      const removed = { id: stackId, organizationId, organization, project, name: stack }
      await announce(tx, { event: 'stack_deleted', stack: removed, by: who })
    },
  }
}

async function afterDetection(
  tx: Transaction,
  services: SequelServices,
  deployment: FinishingDeployment,
  remediate: boolean,
): Promise<Sequel> {
  const { id, stackId, organizationId, settings, version } = deployment
  const changes = await detectionOf(tx, id)
  const say = (sentence: string): Promise<void> => sayInLog(tx, id, [sentence], services.now())
  return {
    follow: async () => {
      await say(driftSentence(changes))
      if (!remediate || changes === undefined || !isDrift(changes)) return
      const who = await writerOf(tx, deployment)
      if (typeof who === 'string') return say(`It is not remediated: ${who}`)
      const requester = {
        userId: who.userId,
        isOrganizationAdmin: isOrganizationAdmin(who, organizationId),
      }
      const requested = await requestDeploymentIn(tx, services, requester, stackId, {
        operation: 'remediate-drift',
        // What it was found with is what it is put right with, whatever was saved since.
        inheritSettings: false,
        settings: settings as SettingsPatch,
        trigger: 'drift',
        initiator: 'drift',
        remediates: id,
      })
      const sentence =
        'reason' in requested
          ? `It is not remediated: ${requested.message}`
          : `Deployment ${requested.version} (remediate-drift) follows deployment ${version} and puts it right.`
      await say(sentence)
    },
  }
}

/** Who asked for it, if that person may still write the stack; otherwise why not. */
async function writerOf(
  tx: Transaction,
  { requestedBy, stackId }: FinishingDeployment,
): Promise<UserPrincipal | string> {
  const person = await actingUser(tx, requestedBy)
  const place = await stackPlaceOf(tx, stackId)
  if (person && place && canWriteStack(person, place)) return person
  return `${person?.login ?? 'whoever'} asked for it and may not write this stack any more.`
}

/** Who asked for it, if that person might delete the stack by hand, too; otherwise why not. */
async function deleterOf(
  tx: Queryable,
  { requestedBy, stackId, organizationId }: FinishingDeployment,
): Promise<UserPrincipal | string> {
  const person = await actingUser(tx, requestedBy)
  const place = await stackPlaceOf(tx, stackId)
  const may =
    person &&
    place &&
    canAdministerStack(person, place) &&
    (await mayDeleteStack(tx, person, organizationId)) === undefined
  return may ? person : `${person?.login ?? 'whoever'} asked for it and may not delete this stack.`
}
