/** Pause and resume, of a stack by whoever may write it and of an organization by its admins. */
import {
  DEPLOYMENTS_PAUSE_PATH,
  DEPLOYMENTS_RESUME_PATH,
  ORGANIZATION_DEPLOYMENTS_PAUSE_PATH,
  ORGANIZATION_DEPLOYMENTS_RESUME_PATH,
} from '@daypass/contract/deployments.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { adminOf } from '../access/organization.ts'
import { actorOf } from '../access/principal.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { StackPath } from '../stacks/names.ts'
import { loadStackFor } from '../stacks/stack.ts'
import { pauseOrganization, pauseStack } from './pause.ts'

const OrganizationPath = Type.Object({ organization: Type.String() })
type OrganizationPath = Static<typeof OrganizationPath>

/** What the description of the API says of a route. */
function about(paused: boolean, whose: 'stack' | 'organization') {
  const name = whose === 'stack' ? 'Stack' : 'Org'
  return {
    operationId: `${paused ? 'pause' : 'resume'}${name}Deployments`,
    summary: paused
      ? `Let no deployment begin, of a whole ${whose}`
      : `Let deployments of a whole ${whose} begin again`,
    tags: ['Deployments'],
    response: { 200: Type.Null({ description: 'Nothing.' }) },
  }
}

export function pauseRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  for (const [path, paused] of [
    [DEPLOYMENTS_PAUSE_PATH, true],
    [DEPLOYMENTS_RESUME_PATH, false],
  ] as const) {
    app.post<{ Params: StackPath }>(
      path,
      { schema: { ...about(paused, 'stack'), params: StackPath } },
      async ({ principal, params }, reply) => {
        const stack = await loadStackFor(db, principal, params, 'write')
        if (isRefusal(stack)) return refuse(reply, stack)
        const refusal = await pauseStack(db, stack, { paused, actor: actorOf(principal) })
        return refusal ? refuse(reply, refusal) : reply.code(200).send()
      },
    )
  }

  for (const [path, paused] of [
    [ORGANIZATION_DEPLOYMENTS_PAUSE_PATH, true],
    [ORGANIZATION_DEPLOYMENTS_RESUME_PATH, false],
  ] as const) {
    app.post<{ Params: OrganizationPath }>(
      path,
      { schema: { ...about(paused, 'organization'), params: OrganizationPath } },
      async ({ principal, params: { organization } }, reply) => {
        const membership = adminOf(principal, organization)
        if (isRefusal(membership)) return refuse(reply, membership)
        await pauseOrganization(db, membership, { paused, actor: actorOf(principal) })
        return reply.code(200).send()
      },
    )
  }
}
