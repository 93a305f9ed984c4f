/** `/api/orgs/{org}`: an organization and its settings, as Pulumi has them, as far as they mean something here. */
import type { Refusal } from '@daypass/contract/errors.ts'
import {
  ORGANIZATION_PATH,
  Organization,
  OrganizationMetadata,
  UpdateOrganizationRequest,
} from '@daypass/contract/organizations.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { adminOf, memberOf } from './organization-scope.ts'
import { findOrganization, type OrganizationRow, updateOrganization } from './organization-settings.sql.ts'
import { setDefaultPool } from './pool.ts'
import { actorOf, type Membership, type Role } from './principal.ts'
import type { AccessServices } from './user-routes.ts'

const Path = Type.Object({ organization: Type.String() })
type Path = Static<typeof Path>
const TAGS = ['Organizations']

export function organizationSettingsRoutes(app: FastifyInstance, { db, tokens }: AccessServices): void {
  app.get<{ Params: Path }>(
    ORGANIZATION_PATH,
    {
      schema: {
        operationId: 'getOrganization',
        summary: 'Read an organization',
        tags: TAGS,
        params: Path,
        response: { 200: Organization },
      },
    },
    async ({ principal, params }, reply) => {
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organization } = membership
      return { githubLogin: organization, name: organization, avatarUrl: '', repos: [] }
    },
  )

  const metadata = { tags: TAGS, params: Path, response: { 200: OrganizationMetadata } }

  app.get<{ Params: Path }>(
    `${ORGANIZATION_PATH}/metadata`,
    {
      schema: {
        ...metadata,
        operationId: 'getOrganizationMetadata',
        summary: 'Read the settings of an organization',
      },
    },
    async ({ principal, params }, reply) => {
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      return metadataAnswer(db, membership)
    },
  )

  app.patch<{ Params: Path; Body: UpdateOrganizationRequest }>(
    ORGANIZATION_PATH,
    {
      schema: {
        ...metadata,
        operationId: 'updateOrganizationSettings',
        summary: 'Change the settings of an organization',
        body: UpdateOrganizationRequest,
      },
    },
    async ({ principal, params, body }, reply) => {
      const membership = adminOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const changed = await db
        .transaction((tx) => change(tx, membership, actorOf(principal), body))
        .catch(undone)
      tokens.forget()
      return isRefusal(changed) ? refuse(reply, changed) : changed
    },
  )
}

/** Thrown to undo what was changed before. */
class Undo extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal) {
    super(refusal.reason)
    this.refusal = refusal
  }
}

function undone(error: unknown): Refusal {
  if (error instanceof Undo) return error.refusal
  throw error
}

async function change(
  tx: Queryable,
  membership: Membership,
  actor: string,
  body: UpdateOrganizationRequest,
): Promise<OrganizationMetadata> {
  const { organizationId, organization } = membership
  const settings = {
    defaultStackPermission: body.setDefaultStackPermission ?? null,
    membersCreateStacks: body.setMembersCanCreateStacks ?? null,
    membersDeleteStacks: body.setMembersCanDeleteStacks ?? null,
    maxTokenExpiryDays: body.setMaxAccessTokenExpiryDays ?? null,
  }
  const details = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null))
  if (Object.keys(details).length > 0) {
    await updateOrganization(tx, organizationId, settings)
    const action = 'organization.settings_changed'
    await recordAudit(tx, { organizationId, actor, action, target: organization, details })
  }
  const poolId = body.setDefaultAgentPoolID
  if (typeof poolId === 'string') {
    const refusal = await setDefaultPool(tx, { organizationId, organization, poolId, actor })
    if (refusal) throw new Undo(refusal)
  }
  return metadataAnswer(tx, membership)
}

async function metadataAnswer(
  db: Queryable,
  { organizationId, role }: Membership,
): Promise<OrganizationMetadata> {
  const row = await findOrganization(db, organizationId)
  if (row === undefined) throw new Error('an organization that the caller belongs to is gone')
  return metadataOf(row, role)
}

function metadataOf(row: OrganizationRow, userRole: Role): OrganizationMetadata {
  return {
    id: row.id,
    kind: 'pulumi',
    created: row.createdAt.toISOString(),
    userRole,
    membersCanCreateStacks: row.membersCreateStacks,
    membersCanDeleteStacks: row.membersDeleteStacks,
    membersCanTransferStacks: false,
    membersCanCreateTeams: false,
    auditLogsEnabled: true,
    stackCount: row.stackCount,
    memberCount: row.memberCount,
    defaultStackPermission: row.defaultStackPermission,
    maxAccessTokenExpiryDays: row.maxTokenExpiryDays,
    ...(row.defaultPoolId !== null && { defaultAgentPoolID: row.defaultPoolId }),
  }
}
