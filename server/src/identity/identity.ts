/**
 * What a stack's identity is beside the `oidc` block of its settings: for whom its deployments may ask for tokens, and as
 * whom they act by operation.
 *
 * Owns: the audiences that an organization allows, which of them a stack was given, and the rules of `by-operation`. An
 * audience that is taken from the organization is gone from its stacks, at once. Does not own: the `oidc` block
 * (settings), who may ask for a token while a job runs (jobs), nor what a token says (issuer).
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { SESSION_TAGS, type SessionTag } from '@daypass/contract/identity.ts'
import { OPERATIONS, type Operation } from '@daypass/trust/subject.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { isAudience } from '../issuer/issuer.ts'
import { isRefusal } from '../refuse.ts'
import { isSameOidc, type OidcChanger, whyNotIdentityAdmin } from '../settings/oidc-rule.ts'
import { readOidc } from '../settings/read-oidc.ts'
import { savedOidc } from '../settings/saved.ts'
import type { Oidc } from '../settings/settings.ts'
import {
  allowAudiences,
  audiencesOfOrganization,
  audiencesOfStack,
  disallowAudiences,
  giveAudiences,
  holdAudiences,
  takeAudiences,
} from './audiences.sql.ts'
import {
  type ActingIdentity,
  actingIdentity,
  type IdentitySettings,
  whyNoReadOnlyPreviews,
} from './by-operation.ts'
import { bindCompactSubject, readIdentity, writeIdentity } from './stack-identity.sql.ts'

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
  readonly organization: string
  /** `organization/project/stack`. */
  readonly fullName: string
  readonly actor: string
  readonly by: OidcChanger
}

export interface StackIdentitySettings extends IdentitySettings {
  /** In the order of the alphabet when read. */
  readonly audiences: readonly string[]
}

export async function readStackIdentity(tx: Queryable, stackId: string): Promise<StackIdentitySettings> {
  return { audiences: await audiencesOfStack(tx, stackId), ...(await readIdentity(tx, stackId)) }
}

export async function replaceStackIdentity(
  db: Database,
  stack: ChangedStackIdentity,
  after: StackIdentitySettings,
): Promise<Refusal | undefined> {
  const { stackId, organizationId, organization, actor, by } = stack
  return db.transaction(async (tx) => {
    await holdAudiences(tx, organizationId)
    const before = await readStackIdentity(tx, stackId)
    const { added, removed } = changes(before.audiences, after.audiences)
    const changed = changedParts(before, after)
    if (added.length === 0 && removed.length === 0 && changed.length === 0) return undefined
    const refusal = await whyNotIdentityAdmin(tx, organizationId, by, CHANGES_IDENTITY)
    if (refusal) return refusal
    const allowed = new Set(await audiencesOfOrganization(tx, organizationId))
    const stranger = added.find((audience) => !allowed.has(audience))
    if (stranger !== undefined) return audienceNotAllowed(stranger, organization)
    const { audiences } = after
    const oidc = await savedOidc(tx, stackId)
    const unfit = whyNoReadOnlyPreviews(after, { organization, audiences, oidc })
    if (unfit) return unfit
    const { subjectForm } = after
    if (subjectForm === 'compact' && !(await bindCompactSubject(tx, stackId, organizationId)))
      return idOfOthers
    await giveAudiences(tx, { organizationId, stackId }, added)
    await takeAudiences(tx, stackId, removed)
    await writeIdentity(tx, stackId, after)
    const action = 'stack_identity.changed'
    const details = {
      ...{ added, removed, changed },
      ...(changed.includes('subjectForm') && { subjectForm }),
      ...(changed.includes('sessionTags') && { sessionTags: after.sessionTags }),
    }
    await recordAudit(tx, { organizationId, actor, action, target: stack.fullName, details })
    return undefined
  })
}

/** Blocks as a client sent them; an empty one says the same as none. */
export function readBlocks(
  field: 'operations' | 'named',
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, Oidc>> | Refusal {
  const read: Record<string, Oidc> = {}
  for (const [name, block] of Object.entries(given)) {
    const oidc = readOidc(block, `${field}.${name}`)
    if (isRefusal(oidc)) return oidc
    if (Object.keys(oidc).length > 0) read[name] = oidc
  }
  return read
}

/** Of a stack whose deployment is claimed: as whom it acts, how its subject says so, and for whom it may ask besides. */
export async function identityOfDeployment(
  tx: Queryable,
  stackId: string,
  operation: Operation,
  oidc: Oidc | undefined,
): Promise<ActingIdentity & Pick<StackIdentitySettings, 'audiences' | 'renew' | 'subjectForm'>> {
  const { audiences, renew, subjectForm, ...identity } = await readStackIdentity(tx, stackId)
  return { audiences, renew, subjectForm, ...actingIdentity(operation, oidc, identity) }
}

/** In their own order, each once. */
export function readSessionTags(given: readonly SessionTag[] | boolean): readonly SessionTag[] {
  if (typeof given === 'boolean') return given ? SESSION_TAGS : []
  return SESSION_TAGS.filter((tag) => given.includes(tag))
}

/** In the order of the alphabet. */
export async function listOrganizationAudiences(
  tx: Queryable,
  organizationId: string,
): Promise<readonly string[]> {
  return audiencesOfOrganization(tx, organizationId)
}

const CHANGES_IDENTITY = { may: 'may change the identity of a stack', instead: 'ask one.' }

/** Words for the audit: `operations.preview`, `readOnlyPreviews`. */
function changedParts(before: IdentitySettings, after: IdentitySettings): readonly string[] {
  const operations = OPERATIONS.filter((one) => !isSameOidc(before.operations[one], after.operations[one]))
  const names = Object.keys({ ...before.named, ...after.named }).filter(
    (one) => !isSameOidc(before.named[one], after.named[one]),
  )
  return [
    ...operations.map((one) => `operations.${one}`),
    ...names.map((one) => `named.${one}`),
    ...(before.readOnlyPreviews === after.readOnlyPreviews ? [] : ['readOnlyPreviews']),
    ...(before.renew === after.renew ? [] : ['renew']),
    ...(before.subjectForm === after.subjectForm ? [] : ['subjectForm']),
    ...(before.sessionTags.join() === after.sessionTags.join() ? [] : ['sessionTags']),
  ]
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

const idOfOthers: Refusal = {
  status: 409,
  reason: 'compact_subject_elsewhere',
  message:
    'This stack was in another organization and had the compact form there, so clouds of that organization may still trust its id: choose the form "pulumi" or "class", or make a new stack.',
}

function audienceNotAllowed(audience: string, organization: string): Refusal {
  return {
    status: 400,
    reason: 'audience_not_allowed',
    message: `The organization does not allow the audience ${JSON.stringify(audience)}; one of its admins can add it: PUT /api/daypass/orgs/${organization}/audiences.`,
  }
}
