/** `DELETE …/deployments/cache`: the next deployments of the whole project download their dependencies anew. */
import { DEPLOYMENTS_CACHE_PATH } from '@daypass/contract/deployments.ts'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { actorOf } from '../access/principal.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { loadStackFor, type StackNames } from '../stacks/stack.ts'
import { raiseCacheGeneration } from './cache.sql.ts'

export function cacheRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  const schema = {
    operationId: 'deleteStackDeploymentsCache',
    summary: 'Forget the downloaded dependencies of the project',
    tags: ['Deployments'],
    response: { 200: Type.Null({ description: 'Nothing.' }) },
  }
  app.delete<{ Params: StackNames }>(DEPLOYMENTS_CACHE_PATH, { schema }, async (request, reply) => {
    const stack = await loadStackFor(db, request.principal, request.params, 'write')
    if (isRefusal(stack)) return refuse(reply, stack)
    await db.transaction(async (tx) => {
      await raiseCacheGeneration(tx, stack.organizationId, stack.project)
      await recordAudit(tx, {
        organizationId: stack.organizationId,
        actor: actorOf(request.principal),
        action: 'deployment_cache.cleared',
        target: `${stack.organization}/${stack.project}`,
      })
    })
    return reply.code(200).send()
  })
}
