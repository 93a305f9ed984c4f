/** All routes of this slice. */
import type { FastifyInstance } from 'fastify'
import { cliLoginRoutes } from './cli-login-routes.ts'
import { memberRoutes } from './member-routes.ts'
import type { ExchangeServices } from './oidc/exchange.ts'
import { exchangeRoutes } from './oidc/exchange-routes.ts'
import type { FetchDocument } from './oidc/fetch-document.ts'
import { issuerKeys } from './oidc/issuer-keys.ts'
import { issuerRegistryRoutes } from './oidc/issuer-routes.ts'
import { policyRoutes } from './oidc/policy-routes.ts'
import { organizationRoutes } from './organization-routes.ts'
import { personRoutes } from './person-routes.ts'
import { poolRoutes } from './pool-routes.ts'
import { serviceTokenRoutes } from './service-token-routes.ts'
import { organizationSettingsRoutes } from './settings-routes.ts'
import { teamRoutes } from './team-routes.ts'
import { type AccessServices, personalTokenRoutes, userRoutes } from './user-routes.ts'

export interface AllAccessServices extends AccessServices {
  readonly config: { readonly baseUrl: string }
  readonly fetchDocument: FetchDocument
  readonly log: ExchangeServices['log']
}

export function accessRoutes(app: FastifyInstance, services: AllAccessServices): void {
  const withKeys = { ...services, issuerKeys: issuerKeys(services.fetchDocument, services.now) }
  userRoutes(app, services)
  personalTokenRoutes(app, services)
  personRoutes(app, services)
  organizationRoutes(app, services)
  organizationSettingsRoutes(app, services)
  memberRoutes(app, services)
  teamRoutes(app, services)
  serviceTokenRoutes(app, services)
  issuerRegistryRoutes(app, withKeys)
  policyRoutes(app, services)
  exchangeRoutes(app, withKeys)
  poolRoutes(app, services)
  cliLoginRoutes(app, services)
}
