/**
 * For whom a stack's deployments may have tokens, beside the clouds of their settings.
 *
 * Owns: the audiences that an organization allows, and which of them a stack was given. An audience that is taken from
 * the organization is gone from its stacks, at once. Does not own: the `oidc` block (settings), who may ask for a token
 * while a job runs (jobs), nor what a token says (issuer).
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { isAudience } from '../issuer/issuer.ts'
import { type OidcChanger, whyNotIdentityAdmin } from '../settings/oidc-rule.ts'
import {
  allowAudiences,
  audiencesOfOrganization,
  audiencesOfStack,
  disallowAudiences,
  giveAudiences,
  holdAudiences,
  takeAudiences,
} from './audiences.sql.ts'

export interface ChangedOrganization {
  readonly organizationId: string
  readonly organization: string
  readonly actor: string
}

/** Whoever calls it has made sure that an admin asks. */
export async function replaceOrganizationAudiences(
  db: Database,
  { organizationId, organization, actor }: ChangedOrganization,
  audiences: readonly string[],
): Promise<Refusal | undefined> {
  const malformed = audiences.find((audience) => !isAudience(audience))
  if (malformed !== undefined) return audienceMalformed(malformed)
  return db.transaction(async (tx) => {
    await holdAudiences(tx, organizationId)
    const { added, removed } = changes(await audiencesOfOrganization(tx, organizationId), audiences)
    if (added.length === 0 && removed.length === 0) return undefined
    await allowAudiences(tx, organizationId, added)
    await disallowAudiences(tx, organizationId, removed)
    const action = 'organization_audiences.changed'
    await recordAudit(tx, {
      organizationId,
      actor,
      action,
      target: organization,
      details: { added, removed },
    })
    return undefined
  })
}

export interface ChangedStackIdentity {
  readonly stackId: string
  readonly organizationId: string
  /** `organization/project/stack`. */
  readonly fullName: string
  readonly actor: string
  readonly by: OidcChanger
}

export async function replaceStackAudiences(
  db: Database,
  { stackId, organizationId, fullName, actor, by }: ChangedStackIdentity,
  audiences: readonly string[],
): Promise<Refusal | undefined> {
  return db.transaction(async (tx) => {
    await holdAudiences(tx, organizationId)
    const { added, removed } = changes(await audiencesOfStack(tx, stackId), audiences)
    if (added.length === 0 && removed.length === 0) return undefined
    const refusal = await whyNotIdentityAdmin(tx, organizationId, by, CHANGES_AUDIENCES)
    if (refusal) return refusal
    const allowed = new Set(await audiencesOfOrganization(tx, organizationId))
    const stranger = added.find((audience) => !allowed.has(audience))
    if (stranger !== undefined) return audienceNotAllowed(stranger)
    await giveAudiences(tx, { organizationId, stackId }, added)
    await takeAudiences(tx, stackId, removed)
    const action = 'stack_identity.changed'
    await recordAudit(tx, { organizationId, actor, action, target: fullName, details: { added, removed } })
    return undefined
  })
}

/** In the order of the alphabet. */
export async function listOrganizationAudiences(
  tx: Queryable,
  organizationId: string,
): Promise<readonly string[]> {
  return audiencesOfOrganization(tx, organizationId)
}

/** In the order of the alphabet. */
export async function listStackAudiences(tx: Queryable, stackId: string): Promise<readonly string[]> {
  return audiencesOfStack(tx, stackId)
}

const CHANGES_AUDIENCES = {
  may: "may change the audiences of a stack's tokens",
  instead: 'ask one.',
}

function changes(before: readonly string[], after: readonly string[]) {
  const wanted = new Set(after)
  const had = new Set(before)
  return {
    added: [...wanted].filter((audience) => !had.has(audience)),
    removed: before.filter((audience) => !wanted.has(audience)),
  }
}

function audienceMalformed(audience: string): Refusal {
  return {
    status: 400,
    reason: 'audience_malformed',
    message: `${JSON.stringify(audience.slice(0, 100))} cannot be an audience: it must have visible characters only, and no spaces.`,
  }
}

function audienceNotAllowed(audience: string): Refusal {
  return {
    status: 400,
    reason: 'audience_not_allowed',
    message: `The organization does not allow the audience ${JSON.stringify(audience)}; one of its admins can add it to /api/daypass/orgs/<organization>/audiences.`,
  }
}
