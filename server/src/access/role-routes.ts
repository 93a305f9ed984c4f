/** Roles at the address where Pulumi has its custom ones: here there are the three built-in ones, by their names. */
import { ListRolesResponse, ROLES_PATH } from '@daypass/contract/organizations.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { isRefusal, refuse } from '../refuse.ts'
import { figuresOf } from './organization.sql.ts'
import { memberOf } from './organization.ts'
import type { AccessServices } from './user-routes.ts'

const InOrganization = Type.Object({ organization: Type.String() })
const Purpose = Type.Object({
  uxPurpose: Type.Optional(
    Type.String({ maxLength: 40, description: 'Those here are of the purpose `role`.' }),
  ),
})

const ROLES = {
  admin: 'Everything of the organization.',
  member: 'The stacks that the organization, a team or a stack’s admin gives.',
  'billing-manager': 'No stack: the organization, its members and its usage.',
} as const

export function roleRoutes(app: FastifyInstance, { db }: AccessServices): void {
  app.get<{ Params: Static<typeof InOrganization>; Querystring: Static<typeof Purpose> }>(
    ROLES_PATH,
    {
      schema: {
        operationId: 'listRolesByOrgIDAndUXPurpose',
        summary: 'List the roles that a member can have',
        tags: ['Members'],
        params: InOrganization,
        querystring: Purpose,
        response: { 200: ListRolesResponse },
      },
    },
    async ({ principal, params, query }, reply) => {
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      if ((query.uxPurpose || 'role') !== 'role') return { roles: [] }
      const figures = await figuresOf(db, membership.organizationId)
      const created = (figures?.createdAt ?? new Date(0)).toISOString()
      return {
        roles: Object.entries(ROLES).map(([name, description]) => ({
          id: name,
          orgId: membership.organizationId,
          name,
          description,
          resourceType: 'global',
          uxPurpose: 'role',
          defaultIdentifier: name,
          version: 1,
          isOrgDefault: name === 'member',
          created,
          modified: created,
        })),
      }
    },
  )
}
