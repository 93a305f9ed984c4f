/** What the Pulumi CLI and the Automation API ask of their service about updates, state and secrets. */
import type { FastifyInstance } from 'fastify'
import type { Database } from '../db/database.ts'
import type { StackSecrets } from '../secrets/stack-secrets.ts'
import type { IsOurKid } from './blot.ts'
import { leaseRoutes } from './lease-routes.ts'
import { notOfferedRoutes } from './not-offered.ts'
import { secretsRoutes } from './secrets-routes.ts'
import { stateTransferRoutes } from './state-routes.ts'
import { updateRoutes } from './update-routes.ts'

export interface StateServices {
  readonly db: Database
  readonly secrets: StackSecrets
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
  readonly baseUrl: string
  /** Whether a key of the issuer has this id: tokens that it signed are kept out of what is stored. */
  readonly isOurKid: IsOurKid
}

export function stateRoutes(app: FastifyInstance, services: StateServices): void {
  updateRoutes(app, services)
  leaseRoutes(app, services)
  secretsRoutes(app, services)
  stateTransferRoutes(app, services)
  notOfferedRoutes(app)
}
