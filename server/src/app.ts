/** The visible list of slices, and what every request goes through before it reaches one. Never listens. */
import { join } from 'node:path'
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify'
import { authentication, userOf } from './access/authenticate.ts'
import { limitFailedAuthentication } from './access/failed-authentication.ts'
import { createFailureLimit } from './access/failure-limit.ts'
import type { FetchDocument } from './access/oidc/fetch-document.ts'
import { adminOf } from './access/organization.ts'
import { accessRoutes } from './access/routes.ts'
import { SITE_ADMIN_ONLY } from './access/site-admin.ts'
import { createStreams } from './access/streams.ts'
import type { TokenLookup } from './access/token-lookup.ts'
import { auditRoutes } from './audit/routes.ts'
import { backupRoutes } from './backup/routes.ts'
import type { Config } from './config.ts'
import { consolePages } from './console/serve.ts'
import type { Database } from './db/database.ts'
import type { Listener } from './db/listen.ts'
import { cacheRoutes } from './deployments/cache-routes.ts'
import { organizationEventRoutes } from './deployments/event-routes.ts'
import { limitsRoutes } from './deployments/limits-routes.ts'
import type { LinkedRepositories } from './deployments/linked-repository.ts'
import { pauseRoutes } from './deployments/pause-routes.ts'
import { deploymentRoutes } from './deployments/routes.ts'
import { whyWaitingLong } from './deployments/waiting.ts'
import { driftedAmong, driftStatusOf } from './drift/drift.ts'
import { driftRoutes } from './drift/routes.ts'
import { fingerprintsIn } from './fingerprints/fingerprint.ts'
import { receiveRoutes } from './git-deliveries/receive-routes.ts'
import { gitDeliveryRoutes } from './git-deliveries/routes.ts'
import type { HostApiServices } from './git-hosts/adapter.ts'
import { registrationPages } from './git-hosts/registration-pages.ts'
import { registrationRoutes } from './git-hosts/registration-routes.ts'
import { gitHostRoutes } from './git-hosts/routes.ts'
import { gitPollRoutes } from './git-polls/routes.ts'
import { requestBodies } from './http/body.ts'
import { BODY_BYTES, bodyLimits } from './http/body-limit.ts'
import { answerCompression } from './http/compression.ts'
import { errorAnswers, refuseNul, routerRefusal } from './http/errors.ts'
import { healthRoutes, type Readiness } from './http/health.ts'
import { openapiRoute } from './http/openapi.ts'
import { requestIdOf, requestIds } from './http/request-id.ts'
import type { TlsPair } from './http/tls.ts'
import { requestValidation } from './http/validation.ts'
import { identityRoutes } from './identity/routes.ts'
import type { Issuer } from './issuer/issuer.ts'
import { signingKeyRoutes } from './issuer/key-routes.ts'
import { issuerRoutes } from './issuer/routes.ts'
import type { Signers } from './issuer/signer.ts'
import { claimRoutes } from './jobs/claim-routes.ts'
import { createEnding } from './jobs/ending.ts'
import { whyNoJob, whyNoPool } from './jobs/known.ts'
import { jobRoutes } from './jobs/routes.ts'
import { keyRoutes } from './keys/routes.ts'
import { mintBlockRoutes } from './ledger/routes.ts'
import { traceRoutes } from './ledger/trace-routes.ts'
import { logRoutes } from './logs/routes.ts'
import { logStreamRoutes } from './logs/stream-routes.ts'
import type { Metrics } from './metrics/metrics.ts'
import type { Publisher } from './mirror/publisher.ts'
import { mirrorRoutes } from './mirror/routes.ts'
import { agentPoolRoutes } from './pools/routes.ts'
import { runnerSightings } from './pools/sightings.ts'
import { pullRequestRoutes } from './pull-requests/routes.ts'
import { reviewStackRoutes } from './review-stacks/routes.ts'
import { scheduleRoutes } from './schedules/routes.ts'
import { hasSchedules } from './schedules/schedule.ts'
import type { MasterKey } from './secrets/master-key.ts'
import type { StackSecrets } from './secrets/stack-secrets.ts'
import { settingsRoutes } from './settings/routes.ts'
import { stackRoutes } from './stacks/routes.ts'
import { stateOfStacks } from './state/for-stacks.ts'
import { whyNotLeased } from './state/lease.ts'
import { stateRoutes } from './state/routes.ts'
import { updatesOfDeployment } from './state/update.ts'
import { restTrigger } from './triggers/rest.ts'
import { createJudge } from './trust/judge.ts'
import { trustRoutes } from './trust/routes.ts'
import { usageRoutes } from './usage/routes.ts'
import type { Post } from './webhooks/post.ts'
import { webhookRoutes } from './webhooks/routes.ts'

/** Everything that slices are made of; each names what it needs of it. */
export interface Services {
  readonly config: Config
  /** Undefined: plain HTTP. */
  readonly tls?: TlsPair
  readonly log: FastifyBaseLogger
  readonly now: () => Date
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
  readonly db: Database
  readonly listener: Listener
  readonly tokens: TokenLookup
  readonly readiness: Readiness
  readonly secrets: StackSecrets
  /** The same for what organizations keep secret themselves. */
  readonly organizationSecrets: StackSecrets
  /** For what wraps and unwraps keys alone; everything else has `secrets`. */
  readonly masterKey: MasterKey
  /** Of the keys that sign the heads of sealed mints, the former ones included. */
  readonly headPublicKeys: readonly string[]
  readonly issuer: Issuer
  readonly signers: Signers
  readonly reloadSigningKeys: () => Promise<void>
  /** Undefined: relying parties read this server itself. */
  readonly publisher?: Publisher | undefined
  /** How a webhook leaves. */
  readonly post: Post
  /** How what other issuers publish is read. */
  readonly fetchDocument: FetchDocument
  /** How git hosts are asked. */
  readonly hostApi: HostApiServices
  readonly metrics: Metrics
  /** Repositories of the git hosts that organizations are connected to. */
  readonly linked: LinkedRepositories
  /** How long a client that has read a whole log waits for more; only tests say it. */
  readonly followSeconds?: number
  /** Where the web console was built; only tests say it. */
  readonly consoleFolder?: string
}

const CONSOLE_FOLDER = join(import.meta.dirname, '../../console/dist')
/** A whole state may take a while on a slow line; whoever needs longer to send it than this is not sending. */
const RECEIVE_TIMEOUT_MS = 5 * 60_000
/** Longer than usual proxies keep a connection, so that it is never closed under a request. */
const KEEP_ALIVE_MS = 75_000

export async function buildApp(services: Services): Promise<FastifyInstance> {
  const { config, log } = services
  const basePath = new URL(config.baseUrl).pathname.replace(/\/$/, '')
  const app: FastifyInstance = fastify({
    // What it speaks to the outside is nothing that a route can tell.
    https: services.tls ?? null,
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: ({ headers }) => requestIdOf(headers, services.randomUuid),
    bodyLimit: BODY_BYTES,
    frameworkErrors: routerRefusal,
    requestTimeout: RECEIVE_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    // A proxy may strip the base URL's path or leave it: routes are found both ways.
    rewriteUrl: ({ url }) => below(basePath, url ?? '/'),
    routerOptions: { maxParamLength: 400 },
  })

  // 1. Every answer can be found in the log, and every failure has one form.
  requestIds(app)
  // The route, never the URL: a query may hold what a log should not.
  app.addHook('onResponse', async (request, { statusCode: status, elapsedTime }) => {
    const { method, routeOptions } = request
    const route = request.is404 ? undefined : routeOptions.url
    request.log.debug({ method, route, status, ms: Math.round(elapsedTime) }, 'Answered.')
    services.metrics.answered({ method, route, status, seconds: elapsedTime / 1000 })
  })
  errorAnswers(app, await consolePages(services.consoleFolder ?? CONSOLE_FOLDER, config))
  refuseNul(app)
  const failures = createFailureLimit({ perMinute: config.failedLoginsPerMinute, now: services.now })
  limitFailedAuthentication(app, failures)
  // 2. Who is calling. 3. What they sent. 4. Whether it is as the route needs it.
  authentication(app, {
    tokens: services.tokens,
    ownTokens: {
      pool: (token) => whyNoPool(services.db, token),
      job: (token, need) => whyNoJob(services.db, token, need),
      update: (token, updateId, need) => whyNotLeased(services.db, { token, updateId }, need),
    },
    now: services.now,
    baseUrl: config.baseUrl,
  })
  bodyLimits(app, config.stateLimits.stateBytes)
  requestBodies(app)
  requestValidation(app)
  answerCompression(app)

  healthRoutes(app, services)
  openapiRoute(app)
  const streams = createStreams(app, services.tokens)
  accessRoutes(app, { ...services, failures, streams })
  auditRoutes(app, {
    ...services,
    adminOf: ({ principal }, organization) => adminOf(principal, organization),
    whyNotSiteAdmin: (request) => (userOf(request).siteAdmin ? undefined : SITE_ADMIN_ONLY),
  })
  issuerRoutes(app, services)
  const state = stateOfStacks(services)
  const fingerprints = fingerprintsIn(services.db)
  stackRoutes(app, { ...services, state, driftedAmong })
  stateRoutes(app, {
    ...services,
    baseUrl: config.baseUrl,
    stackWaitSeconds: config.stackWaitSeconds,
    limits: config.stateLimits,
    isOurKid: (kid) => services.issuer.isOurKid(kid),
    fingerprints,
  })
  const ending = createEnding(services.now, services.metrics)
  settingsRoutes(app, services)
  identityRoutes(app, services)
  trustRoutes(app, { ...services, judge: createJudge() })
  restTrigger(app, { ...services, ending })
  deploymentRoutes(app, {
    ...services,
    ending,
    updatesOfDeployment,
    driftStatusOf,
    hasSchedules,
  })
  cacheRoutes(app, services)
  pauseRoutes(app, services)
  limitsRoutes(app, services)
  scheduleRoutes(app, services)
  logRoutes(app, {
    ...services,
    whyWaiting: whyWaitingLong,
  })
  logStreamRoutes(app, { ...services, streams, whyWaiting: whyWaitingLong })
  organizationEventRoutes(app, { ...services, streams })
  agentPoolRoutes(app, services)
  claimRoutes(app, { ...services, ending, sightings: runnerSightings(services.db, services.now) })
  jobRoutes(app, { ...services, ending, state, fingerprints })
  driftRoutes(app, services)
  usageRoutes(app, services)
  const gitHosts = { ...services, failures, allowPrivateGitHosts: config.allowPrivateGitHosts }
  gitHostRoutes(app, gitHosts)
  registrationRoutes(app, gitHosts)
  registrationPages(app, gitHosts)
  gitPollRoutes(app, services)
  gitDeliveryRoutes(app, services)
  pullRequestRoutes(app, services)
  reviewStackRoutes(app, services)
  receiveRoutes(app, {
    ...services,
    failures: createFailureLimit({ perMinute: config.failedLoginsPerMinute, now: services.now }),
  })
  webhookRoutes(app, { ...services, ending, allowPrivateWebhooks: config.allowPrivateWebhooks })
  keyRoutes(app, services)
  signingKeyRoutes(app, { ...services, keyRotation: config.keyRotation })
  mirrorRoutes(app, services)
  mintBlockRoutes(app, services)
  traceRoutes(app, services)
  backupRoutes(app, services)

  await app.ready()
  return app
}

function below(basePath: string, url: string): string {
  if (basePath === '' || !url.startsWith(basePath)) return url
  const rest = url.slice(basePath.length)
  if (rest === '') return '/'
  if (rest.startsWith('?')) return `/${rest}`
  return rest.startsWith('/') ? rest : url
}
