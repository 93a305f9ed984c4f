/**
 * The one act behind every trigger: a deployment is asked for, checked whole, fixed to its settings and put in line.
 */
import type { CreateDeploymentResponse } from '@daypass/contract/deployments.ts'
import type { Refusal } from '@daypass/contract/errors.ts'
import { Operation } from '@daypass/contract/job-protocol.ts'
import { poolFor, unknownPool } from '../access/pool.ts'
import type { Database, Queryable } from '../db/database.ts'
import { announce } from '../outbox/outbox.ts'
import type { StackSecrets } from '../secrets/stack-secrets.ts'
import { mergedForDeployment } from '../settings/deployment-settings.ts'
import { BadField, badField, type Fields, flag, type Refused, reading } from '../settings/fields.ts'
import type { OidcChanger } from '../settings/oidc-rule.ts'
import { readSettings, type SettingsPatch } from '../settings/read-settings.ts'
import type { StoredSettings } from '../settings/settings.ts'
import { consoleUrlOf, type Ending, notFound } from './deployment.ts'
import { type GitFacts, pinnedTo } from './git-facts.ts'
import { type LinkedRepositories, linkedBlockOf, withRepository } from './linked-repository.ts'
import { addDeployment, lockStack, promote, skipOlder } from './queue.sql.ts'
import { checkRunnable } from './runnable.ts'

export interface DeploymentRequest {
  readonly operation: Operation
  /** Whether the settings below are merged over the saved ones. */
  readonly inheritSettings: boolean
  readonly settings: SettingsPatch
  /** Which door it came by. */
  readonly trigger: Trigger
  /** The client's own word for who asked. */
  readonly initiator: string
  /** The detect-drift whose finding it puts right. */
  readonly remediates?: string
  /** Of the event that it comes from, whose commit it is fixed to. */
  readonly git?: GitFacts
  /** A sentence for its log, beside those about its settings. */
  readonly note?: string
}

export type Trigger =
  | 'rest'
  | 'schedule'
  | 'drift'
  | 'webhook'
  /** A push of commits or of a tag. */
  | 'git-push'
  | 'pull-request'
  | 'review-stack'

/** Who asks, once access has said that they may write the stack. */
export interface Requester extends OidcChanger {
  readonly userId: string
}

export interface RequestServices {
  readonly db: Database
  readonly secrets: StackSecrets
  readonly ending: Ending
  readonly linked: LinkedRepositories
  readonly randomUuid: () => string
  readonly config: { readonly baseUrl: string }
}

export interface Requested extends CreateDeploymentResponse {
  /** Sentences about what was done otherwise than asked. */
  readonly notes: readonly string[]
}

const OPERATIONS: readonly Operation[] = Operation.anyOf.map((one) => one.const)

const requestFields: Fields = {
  operation: (value, path) => {
    if (OPERATIONS.some((operation) => operation === value)) return String(value)
    throw new BadField('unknown_operation', `${path} must be one of ${OPERATIONS.join(', ')}.`)
  },
  inheritSettings: flag,
}

/** A body of `POST …/deployments`: settings, with `null` and empty strings as "not set", and the operation. */
export function readDeploymentRequest(body: unknown):
  | {
      readonly ok: true
      readonly value: Pick<DeploymentRequest, 'operation' | 'inheritSettings' | 'settings'>
    }
  | Refused {
  return reading(() => {
    const { operation, inheritSettings = true, ...settings } = readSettings(body, undefined, requestFields)
    if (operation === undefined)
      throw badField('operation', `is missing; send one of ${OPERATIONS.join(', ')}.`)
    return {
      operation: operation as Operation,
      inheritSettings: inheritSettings === true,
      settings: withoutEmptyCommands(settings),
    }
  })
}

/**
 * The CLI sends an empty list of pre-run commands whenever none was given on its command line: taken as a list that
 * replaces, `pulumi deployment run` would run without the commands that are saved.
 */
function withoutEmptyCommands(settings: SettingsPatch): SettingsPatch {
  const context = settings['operationContext']
  if (typeof context !== 'object' || context === null || !('preRunCommands' in context)) return settings
  const { preRunCommands, ...rest } = context
  if (!Array.isArray(preRunCommands) || preRunCommands.length > 0) return settings
  return { ...settings, operationContext: rest }
}

/** Says what is wrong, or queues the deployment and wakes a runner: one transaction. */
export async function requestDeployment(
  services: RequestServices,
  requester: Requester,
  stackId: string,
  request: DeploymentRequest,
): Promise<Requested | Refusal> {
  return services.db.transaction((tx) => requestDeploymentIn(tx, services, requester, stackId, request))
}

/** The same inside a transaction of somebody who has more to write. A refusal has queued nothing. */
export async function requestDeploymentIn(
  tx: Queryable,
  { secrets, ending, linked, randomUuid, config }: Omit<RequestServices, 'db'>,
  requester: Requester,
  stackId: string,
  request: DeploymentRequest,
): Promise<Requested | Refusal> {
  const stack = await lockStack(tx, stackId)
  if (!stack) return notFound()
  const { organizationId } = stack
  const context = { secrets, tx, stackId }
  const merged = await mergedForDeployment(context, organizationId, request, requester)
  if ('reason' in merged) return merged
  const notes = request.note === undefined ? merged.notes : [...merged.notes, request.note]
  const sourced = await withSource(tx, linked, organizationId, merged.settings, request.git)
  if ('reason' in sourced) return sourced
  const { settings, hostId } = sourced
  const refusal = checkRunnable(settings)
  if (refusal) return refusal
  const poolId = await poolFor(tx, organizationId, settings.agentPoolID)
  if (poolId === undefined) return unknownPool(settings.agentPoolID)
  const id = randomUuid()
  const skipIntermediate = settings.operationContext?.options?.skipIntermediateDeployments === true
  const version = await addDeployment(tx, {
    id,
    stackId,
    operation: request.operation,
    poolId,
    requestedBy: requester.userId,
    trigger: request.trigger,
    initiator: request.initiator,
    settings,
    notes,
    remediates: request.remediates ?? null,
    git: request.git ?? null,
    gitHostId: hostId ?? null,
  })
  await announce(tx, { event: 'deployment_queued', deploymentId: id })
  if (skipIntermediate) {
    for (const older of await skipOlder(tx, stackId, id, SUPERSEDED)) {
      await ending.closeLog(tx, older, { status: 'skipped', sentence: SUPERSEDED })
    }
    await promote(tx, stackId)
  }
  return { id, version, consoleUrl: consoleUrlOf(config.baseUrl, stack, version), notes }
}

/** @returns `hostId`: of the host that is asked for a credential when the source is fetched. */
async function withSource(
  tx: Queryable,
  linked: LinkedRepositories,
  organizationId: string,
  settings: StoredSettings,
  git: GitFacts | undefined,
): Promise<{ readonly settings: StoredSettings; readonly hostId?: string } | Refusal> {
  const block = linkedBlockOf(settings)
  if (git) {
    const pinned = pinnedTo(settings, git)
    return block ? { settings: pinned, hostId: git.hostId } : { settings: pinned }
  }
  if (!block) return { settings }
  const found = await linked.find(tx, organizationId, block)
  if ('reason' in found) return found
  return { settings: withRepository(settings, found), hostId: found.hostId }
}

const SUPERSEDED = 'Skipped, because a newer deployment of the same operation was queued.'
