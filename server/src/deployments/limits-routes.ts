/** The limits of an organization: read by its members, changed by its admins. */
import {
  DEPLOYMENT_LIMITS_PATH,
  DeploymentLimits,
  PatchDeploymentLimitsRequest,
} from '@daypass/contract/deployment-limits.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { adminOf, memberOf } from '../access/organization.ts'
import { actorOf } from '../access/principal.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { changeLimits, limitsOf } from './limits.ts'

const Path = Type.Object({ organization: Type.String() })
type Path = Static<typeof Path>

export function limitsRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  const about = { tags: ['Deployments'], params: Path, response: { 200: DeploymentLimits } }

  app.get<{ Params: Path }>(
    DEPLOYMENT_LIMITS_PATH,
    { schema: { ...about, summary: 'Read how many deployments run at the same time, and for how long' } },
    async ({ principal, params }, reply) => {
      const membership = memberOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      return limitsOf(db, membership.organizationId)
    },
  )

  app.patch<{ Params: Path; Body: PatchDeploymentLimitsRequest }>(
    DEPLOYMENT_LIMITS_PATH,
    {
      schema: {
        ...about,
        body: PatchDeploymentLimitsRequest,
        summary: 'Change how many deployments run at the same time, and for how long',
      },
    },
    async ({ principal, params, body }, reply) => {
      const membership = adminOf(principal, params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      return changeLimits(db, membership, body, actorOf(principal))
    },
  )
}
