/** `/api/daypass/keys`: for admins of the installation. No key, wrapped or not, is ever in an answer. */
import type { FastifyInstance } from 'fastify'
import { userOf } from '../access/authenticate.ts'
import { SITE_ADMIN_ONLY } from '../access/site-admin.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { StackPath } from '../stacks/names.ts'
import { type KeyServices, keyStatus, rotateDataKey, rotateMasterKey } from './rotation.ts'

export function keyRoutes(app: FastifyInstance, services: KeyServices): void {
  app.get('/api/daypass/keys', async (request, reply) => {
    if (!userOf(request).siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
    return keyStatus(services)
  })

  app.post('/api/daypass/keys/master/rotate', async (request, reply) => {
    const caller = userOf(request)
    if (!caller.siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
    const rotation = await rotateMasterKey(services, caller)
    return isRefusal(rotation) ? refuse(reply, rotation) : rotation
  })

  app.post<{ Params: StackPath }>(
    '/api/daypass/keys/stacks/:organization/:project/:stack/rotate',
    { schema: { params: StackPath } },
    async (request, reply) => {
      const caller = userOf(request)
      if (!caller.siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
      const rotation = await rotateDataKey(services, caller, request.params)
      return isRefusal(rotation) ? refuse(reply, rotation) : rotation
    },
  )
}
