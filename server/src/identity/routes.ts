/** `/api/daypass/orgs/{org}/audiences` and `/api/daypass/stacks/{org}/{project}/{stack}/identity`. */
import {
  ORGANIZATION_AUDIENCES_PATH,
  OrganizationAudiences,
  STACK_IDENTITY_PATH,
  StackIdentity,
  StackIdentityRequest,
} from '@daypass/contract/identity.ts'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { adminOf, memberOf } from '../access/organization.ts'
import { canAdministerStack, isOrganizationAdmin } from '../access/permission.ts'
import { actorOf } from '../access/principal.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { loadStackFor, type StackNames } from '../stacks/stack.ts'
import {
  listOrganizationAudiences,
  readBlocks,
  readSessionTags,
  readStackIdentity,
  replaceOrganizationAudiences,
  replaceStackIdentity,
} from './identity.ts'

interface OrganizationPath {
  readonly organization: string
}
const OrganizationPath = Type.Object({ organization: Type.String() })

export function identityRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  const tags = ['Identity']
  const ofOrganization = { tags, params: OrganizationPath, response: { 200: OrganizationAudiences } }
  const ofStack = { tags, response: { 200: StackIdentity } }

  app.get<{ Params: OrganizationPath }>(
    ORGANIZATION_AUDIENCES_PATH,
    { schema: { ...ofOrganization, summary: 'For whom stacks of an organization may be given tokens' } },
    async ({ principal, params }, reply) => {
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      return { audiences: await listOrganizationAudiences(db, membership.organizationId) }
    },
  )

  app.put<{ Params: OrganizationPath; Body: OrganizationAudiences }>(
    ORGANIZATION_AUDIENCES_PATH,
    {
      schema: {
        ...ofOrganization,
        body: OrganizationAudiences,
        summary: 'Decide for whom stacks of an organization may be given tokens',
      },
    },
    async ({ principal, params, body }, reply) => {
      const membership = adminOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const { organizationId, organization } = membership
      const changed = { organizationId, organization, actor: actorOf(principal) }
      const refusal = await replaceOrganizationAudiences(db, changed, body.audiences)
      if (refusal) return refuse(reply, refusal)
      return { audiences: await listOrganizationAudiences(db, organizationId) }
    },
  )

  app.get<{ Params: StackNames }>(
    STACK_IDENTITY_PATH,
    {
      schema: {
        ...ofStack,
        summary: "As whom a stack's deployments act, and for whom they may ask for tokens",
      },
    },
    async ({ principal, params }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      return readStackIdentity(db, stack.id)
    },
  )

  app.put<{ Params: StackNames; Body: StackIdentityRequest }>(
    STACK_IDENTITY_PATH,
    {
      schema: {
        ...ofStack,
        body: StackIdentityRequest,
        summary: "Decide as whom a stack's deployments act, and for whom they may ask for tokens",
      },
    },
    async ({ principal, params, body }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'write')
      if (isRefusal(stack)) return refuse(reply, stack)
      const { audiences = [], readOnlyPreviews = false, renew = true, subjectForm = 'pulumi' } = body
      const operations = readBlocks('operations', body.operations ?? {})
      if (isRefusal(operations)) return refuse(reply, operations)
      const named = readBlocks('named', body.named ?? {})
      if (isRefusal(named)) return refuse(reply, named)
      const refusal = await replaceStackIdentity(
        db,
        {
          stackId: stack.id,
          organizationId: stack.organizationId,
          organization: stack.organization,
          fullName: `${stack.organization}/${stack.project}/${stack.name}`,
          actor: actorOf(principal),
          by: {
            isOrganizationAdmin: isOrganizationAdmin(principal, stack.organizationId),
            isStackAdmin: canAdministerStack(principal, stack),
          },
        },
        {
          ...{ audiences, operations, named, readOnlyPreviews, subjectForm },
          renew,
          sessionTags: readSessionTags(body.sessionTags ?? []),
        },
      )
      if (refusal) return refuse(reply, refusal)
      return readStackIdentity(db, stack.id)
    },
  )
}
