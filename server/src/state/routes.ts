/** What the Pulumi CLI and the Automation API ask of their service about updates, state and secrets. */
import type { FastifyInstance } from 'fastify'
import type { Database } from '../db/database.ts'
import type { Fingerprints } from '../fingerprints/fingerprint.ts'
import type { StackSecrets } from '../secrets/stack-secrets.ts'
import type { IsOurKid } from './blot.ts'
import { leaseRoutes } from './lease-routes.ts'
import type { StateLimits } from './limits.ts'
import { notOfferedRoutes } from './not-offered.ts'
import { previewRoutes } from './preview-routes.ts'
import { resourceRoutes } from './resource-routes.ts'
import { secretsRoutes } from './secrets-routes.ts'
import { stackWaits } from './stack-wait.ts'
import { stateTransferRoutes } from './state-routes.ts'
import { summaryRoutes } from './summary-routes.ts'
import { updateRoutes } from './update-routes.ts'

export interface StateServices {
  readonly db: Database
  readonly secrets: StackSecrets
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
  readonly baseUrl: string
  /** Whether a key of the issuer has this id: tokens that it signed are kept out of what is stored. */
  readonly isOurKid: IsOurKid
  readonly fingerprints: Fingerprints
  readonly now: () => Date
  /** How long a deployment waits for whoever holds its stack. */
  readonly stackWaitSeconds: number
  readonly limits: StateLimits
}

export function stateRoutes(app: FastifyInstance, services: StateServices): void {
  const waits = stackWaits(services.db, services.stackWaitSeconds)
  app.addHook('preClose', async () => waits.close())
  updateRoutes(app, { ...services, waits })
  leaseRoutes(app, services)
  secretsRoutes(app, services)
  stateTransferRoutes(app, services)
  previewRoutes(app, services)
  summaryRoutes(app, services)
  resourceRoutes(app, services)
  notOfferedRoutes(app)
}
