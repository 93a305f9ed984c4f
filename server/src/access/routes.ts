/** All routes of this slice. */
import type { FastifyInstance } from 'fastify'
import { cliLoginRoutes } from './cli-login-routes.ts'
import type { FailureLimit } from './failure-limit.ts'
import { organizationRoutes } from './organization-routes.ts'
import { poolRoutes } from './pool-routes.ts'
import { type AccessServices, userRoutes } from './user-routes.ts'

export function accessRoutes(
  app: FastifyInstance,
  services: AccessServices & {
    readonly config: { readonly baseUrl: string }
    readonly failures: FailureLimit
  },
): void {
  userRoutes(app, services)
  organizationRoutes(app, services)
  poolRoutes(app, services)
  cliLoginRoutes(app, services)
}
