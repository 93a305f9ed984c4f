/** All routes of this slice. */
import type { FastifyInstance } from 'fastify'
import { cliLoginRoutes } from './cli-login-routes.ts'
import { consoleSessionRoutes } from './console-session-routes.ts'
import type { FailureLimit } from './failure-limit.ts'
import { invitationPages } from './invitation-pages.ts'
import { invitationRoutes } from './invitation-routes.ts'
import { memberRoutes } from './member-routes.ts'
import { exchangeRoutes } from './oidc/exchange-routes.ts'
import type { FetchDocument } from './oidc/fetch-document.ts'
import { issuerKeys } from './oidc/issuer-keys.ts'
import { issuerRegistryRoutes } from './oidc/issuer-routes.ts'
import { policyRoutes } from './oidc/policy-routes.ts'
import { tryRoutes } from './oidc/try-routes.ts'
import { organizationRoutes } from './organization-routes.ts'
import { personRoutes } from './person-routes.ts'
import { poolRoutes } from './pool-routes.ts'
import { roleRoutes } from './role-routes.ts'
import { serviceTokenRoutes } from './service-token-routes.ts'
import { organizationSettingsRoutes } from './settings-routes.ts'
import { stackAccessRoutes } from './stack-access-routes.ts'
import type { Streams } from './streams.ts'
import { teamRoutes } from './team-routes.ts'
import { type AccessServices, personalTokenRoutes, userRoutes } from './user-routes.ts'

export function accessRoutes(
  app: FastifyInstance,
  services: AccessServices & {
    readonly config: { readonly baseUrl: string }
    readonly failures: FailureLimit
    readonly streams: Streams
    readonly fetchDocument: FetchDocument
    readonly log: { readonly warn: (fields: object, message: string) => void }
  },
): void {
  userRoutes(app, services)
  personalTokenRoutes(app, services)
  personRoutes(app, services)
  organizationRoutes(app, services)
  organizationSettingsRoutes(app, services)
  memberRoutes(app, services)
  invitationRoutes(app, services)
  invitationPages(app, services)
  roleRoutes(app, services)
  teamRoutes(app, services)
  stackAccessRoutes(app, services)
  serviceTokenRoutes(app, services)
  poolRoutes(app, services)
  cliLoginRoutes(app, services)
  consoleSessionRoutes(app, services)
  const keys = issuerKeys(services.fetchDocument, services.now)
  issuerRegistryRoutes(app, { ...services, issuerKeys: keys })
  policyRoutes(app, services)
  tryRoutes(app, services)
  exchangeRoutes(app, { ...services, issuerKeys: keys })
}
