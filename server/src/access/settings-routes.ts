/** What an organization is and what it allows its members, in the shapes of Pulumi's API. */
import {
  ORGANIZATION_METADATA_PATH,
  ORGANIZATION_PATH,
  Organization,
  OrganizationMetadata,
  PatchOrganizationRequest,
} from '@daypass/contract/organizations.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { allOrNothing } from './all-or-nothing.ts'
import { FEATURES } from './features.ts'
import {
  figuresOf,
  findOrganizationSettings,
  lockOrganization,
  type OrganizationSettings,
  saveOrganizationSettings,
} from './organization.sql.ts'
import { adminOf, memberOf, organizationNotFound } from './organization.ts'
import { setDefaultPool } from './pool.ts'
import { actorOf, type Membership } from './principal.ts'
import type { AccessServices } from './user-routes.ts'

const InOrganization = Type.Object({ organization: Type.String() })
type InOrganization = Static<typeof InOrganization>

export function organizationSettingsRoutes(app: FastifyInstance, { db, tokens }: AccessServices): void {
  const tags = ['Organizations']

  app.get<{ Params: InOrganization }>(
    ORGANIZATION_PATH,
    {
      schema: {
        operationId: 'getOrganization',
        summary: 'Read an organization and what it allows its members',
        tags,
        params: InOrganization,
        response: { 200: Organization },
      },
    },
    async ({ principal, params }, reply) => {
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const found = await read(db, membership)
      if (!found) return refuse(reply, organizationNotFound(params.organization))
      const { organization } = membership
      const { defaultPoolId } = found.figures
      return {
        githubLogin: organization,
        name: organization,
        avatarUrl: '',
        repos: [],
        ...settingsAnswer(found.settings),
        ...(defaultPoolId && { defaultAgentPoolID: defaultPoolId }),
      }
    },
  )

  app.get<{ Params: InOrganization }>(
    ORGANIZATION_METADATA_PATH,
    {
      schema: {
        operationId: 'getOrganizationMetadata',
        summary: 'Read what a console shows of an organization',
        tags,
        params: InOrganization,
        response: { 200: OrganizationMetadata },
      },
    },
    async ({ principal, params }, reply) => {
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const answer = await metadata(db, membership)
      return answer ?? refuse(reply, organizationNotFound(params.organization))
    },
  )

  app.patch<{ Params: InOrganization; Body: PatchOrganizationRequest }>(
    ORGANIZATION_PATH,
    {
      schema: {
        operationId: 'updateOrganization',
        summary: 'Change what an organization allows its members',
        tags,
        params: InOrganization,
        body: PatchOrganizationRequest,
        response: { 200: OrganizationMetadata },
      },
    },
    async ({ principal, params, body }, reply) => {
      const membership = adminOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organizationId, organization } = membership
      const actor = actorOf(principal)
      const refusal = await allOrNothing(db, async (tx) => {
        await lockOrganization(tx, organizationId)
        const before = await findOrganizationSettings(tx, organizationId)
        if (before === undefined) return organizationNotFound(organization)
        const poolId = body.setDefaultAgentPoolID
        if (typeof poolId === 'string') {
          const refused = await setDefaultPool(tx, { organizationId, organization, poolId, actor })
          if (refused) return refused
        }
        const after = changed(before, body)
        const details = difference(before, after)
        if (Object.keys(details).length === 0) return undefined
        await saveOrganizationSettings(tx, organizationId, after)
        const action = 'organization.settings_changed'
        await recordAudit(tx, { organizationId, actor, action, target: organization, details })
        return undefined
      })
      if (refusal) return refuse(reply, refusal)
      tokens.forget()
      const answer = await metadata(db, membership)
      return answer ?? refuse(reply, organizationNotFound(organization))
    },
  )
}

/** What is null or absent stays; 0 days mean no limit. */
function changed(before: OrganizationSettings, body: PatchOrganizationRequest): OrganizationSettings {
  const days = body.setMaxAccessTokenExpiryDays
  return {
    defaultStackPermission: body.setDefaultStackPermission ?? before.defaultStackPermission,
    membersCreateStacks: body.setMembersCanCreateStacks ?? before.membersCreateStacks,
    membersDeleteStacks: body.setMembersCanDeleteStacks ?? before.membersDeleteStacks,
    membersTransferStacks: body.setMembersCanTransferStacks ?? before.membersTransferStacks,
    membersCreateTeams: body.setMembersCanCreateTeams ?? before.membersCreateTeams,
    maxTokenDays: days === null || days === undefined ? before.maxTokenDays : days || null,
  }
}

function difference(before: OrganizationSettings, after: OrganizationSettings): Record<string, unknown> {
  const names = Object.keys(after) as (keyof OrganizationSettings)[]
  return Object.fromEntries(
    names
      .filter((name) => before[name] !== after[name])
      .map((name) => [name, { before: before[name], after: after[name] }]),
  )
}

async function read(db: Queryable, { organizationId }: Membership) {
  const settings = await findOrganizationSettings(db, organizationId)
  const figures = await figuresOf(db, organizationId)
  return settings && figures && { settings, figures }
}

function settingsAnswer(settings: OrganizationSettings) {
  return {
    defaultStackPermission: settings.defaultStackPermission,
    membersCanCreateStacks: settings.membersCreateStacks,
    membersCanDeleteStacks: settings.membersDeleteStacks,
    membersCanTransferStacks: settings.membersTransferStacks,
    membersCanCreateTeams: settings.membersCreateTeams,
    maxAccessTokenExpiryDays: settings.maxTokenDays ?? 0,
  }
}

/** Of parts of Pulumi Cloud that are not here. */
const ABSENT = {
  accountCount: 0,
  environmentCount: 0,
  defaultAccountPermission: 0,
  defaultEnvironmentPermission: 'none',
  membersCanCreateAccounts: false,
  insightsTrialUsingPolicy: false,
  aiEnablement: 'disabled',
  naturalLanguageSearchDisabled: true,
  neoAgentDisabled: true,
  neoApprovalMode: 'manual',
  neoCLIExplanationsDisabled: true,
  neoEnabled: false,
  neoTaskSharingMode: 'none',
  preferredVCS: 'none',
} as const

async function metadata(db: Queryable, membership: Membership): Promise<OrganizationMetadata | undefined> {
  const found = await read(db, membership)
  if (!found) return undefined
  const { settings, figures } = found
  return {
    id: membership.organizationId,
    kind: 'pulumi',
    created: figures.createdAt.toISOString(),
    userRole: membership.role,
    stackCount: figures.stackCount,
    memberCount: figures.memberCount,
    ...settingsAnswer(settings),
    auditLogsEnabled: true,
    webhooksEnabled: true,
    features: FEATURES,
    ...ABSENT,
  }
}
