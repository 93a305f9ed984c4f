/** Opens everything the server is made of, in order, and closes it in the opposite one. */
import { randomBytes, randomUUID } from 'node:crypto'
import { access, constants, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { prepareInstallation } from './access/first-start.ts'
import { showToken, writeTokenFile, writeTokenToDescriptor } from './access/hand-over.ts'
import { documentFetcher } from './access/oidc/fetch-document.ts'
import { makeEphemeralPoolToken } from './access/runner-token.ts'
import { tokenLookup } from './access/token-lookup.ts'
import { buildApp } from './app.ts'
import { type Config, withPort } from './config.ts'
import { type Connection, type Database, openDatabase } from './db/database.ts'
import { startEmbeddedPostgres } from './db/embedded.ts'
import { isDatabaseUnavailable } from './db/errors.ts'
import { openListener } from './db/listen.ts'
import { migrate } from './db/migrate.ts'
import { startReaper } from './deployments/reaper.ts'
import { oldDeployments } from './deployments/retention.ts'
import { linkedRepositories } from './git-hosts/linked.ts'
import { PRIVATE_HOSTS_FLAG } from './git-hosts/read-request.ts'
import { freePort } from './http/free-port.ts'
import { databaseReadiness, readinessOfAll } from './http/readiness.ts'
import { listenOnSocket } from './http/runner-socket.ts'
import { followTls, readTls } from './http/tls.ts'
import { createKeyRing } from './issuer/keys.ts'
import { createIssuer } from './issuer/mint.ts'
import { insertMints } from './issuer/record.sql.ts'
import { mintRecorder } from './issuer/record.ts'
import { reloadableIssuer } from './issuer/reloadable.ts'
import { startKeyRotation } from './issuer/rotation-sweep.ts'
import { watchSigner } from './issuer/signer-watch.ts'
import { createSigners } from './issuer/signers.ts'
import { createEnding } from './jobs/ending.ts'
import { headKeys } from './ledger/head-key.ts'
import { startSealer } from './ledger/ledger.ts'
import { oldLogs } from './logs/retention.ts'
import { listenForMetrics } from './metrics/listen.ts'
import { createMetrics } from './metrics/metrics.ts'
import { startPublisher } from './mirror/publisher.ts'
import { outboundFetch } from './outbound/fetch.ts'
import { THIS_MACHINE } from './outbound/this-machine.ts'
import { openAtStart } from './pkcs11/open-at-start.ts'
import { oldDeliveries } from './retention/deliveries.ts'
import { startRetention } from './retention/retention.ts'
import { startScheduler } from './schedules/scheduler.ts'
import { openMasterKey } from './secrets/master-key.ts'
import { createOrganizationSecrets, createStackSecrets } from './secrets/stack-secrets.ts'
import { StartRefusal } from './start-refusal.ts'
import { oldEvents } from './state/event-retention.ts'
import { startLeaseSweep } from './state/lease-sweep.ts'
import { oldStates } from './state/retention.ts'
import { startGitHosts } from './triggers/start-git.ts'
import { startDeliveries } from './webhooks/deliver.ts'
import { createPost } from './webhooks/post.ts'
import { SEND_SECONDS } from './webhooks/webhook.ts'

const MIGRATIONS = join(import.meta.dirname, '../migrations')
const POOL_SIZE = 20
/** One question to a git host, from the look-up of its name to the end of its answer. */
const HOST_SECONDS = 15
/** Long enough for a state that is being written; a long poll is cut. */
const FINISH_REQUESTS_MS = 8_000

export interface RunningServer {
  readonly url: string
  /** Resolves with a sentence when the server cannot go on. */
  readonly lost: Promise<string>
  /** Finishes what it has begun, and leaves nothing running. */
  stop(): Promise<void>
}

/** What the process lends to the server. */
export interface Process {
  readonly log: Logger
  /** For what a person must see once. */
  readonly show: (text: string) => void
}

type Closer = () => Promise<void> | void

export async function startServer(given: Config, { log, show }: Process): Promise<RunningServer> {
  const closers: Closer[] = []
  const stop = (): Promise<void> => closeAll(closers)
  try {
    const config = given.port === 0 ? withPort(given, await freePort(given.listenHost)) : given
    const tls = config.tls && (await readTls(config.tls))
    await makeDataFolder(config.dataFolder)
    const token = await openAtStart(config.signer.pkcs11, closers, log)
    const { connection, lost } = await openPostgres(config, log, closers)
    const onIdleError = (error: Error): void =>
      log.warn({ err: error }, 'A connection to the database broke.')
    const db = openDatabase(connection, { poolSize: POOL_SIZE, onIdleError })
    closers.push(() => db.close())
    await prepareTables(db, log)
    const listener = await openListener(connection, log)
    closers.push(() => listener.close())

    const masterKey = await openMasterKey(config.masterKey, randomBytes)
    const random = { now: () => new Date(), randomBytes, randomUuid: randomUUID }
    const metrics = createMetrics({ withProcess: config.metricsPort !== undefined })
    const [headKey, ...formerHeadKeys] = headKeys(masterKey)
    const sealer = startSealer({ ...random, db, headKey, log })
    closers.push(() => sealer.stop())
    const record = mintRecorder(async (mints) => {
      await insertMints(db, mints)
      sealer.sealSoon()
      for (const { purpose } of mints) metrics.minted(purpose)
    })
    const signers = createSigners({ newKeys: config.signer.newKeys, pkcs11: token, randomBytes })
    const ring = createKeyRing({ db, masterKey, signers })
    const { issuer, reload: reloadSigningKeys } = await reloadableIssuer(ring, (keys) =>
      createIssuer({ issuerUrl: config.issuerUrl, keys, record, ...random }),
    )
    const publisher =
      config.publishKeysTo &&
      (await startPublisher({
        ...config,
        ...random,
        random: Math.random,
        db,
        issuer,
        reloadSigningKeys,
        target: config.publishKeysTo,
        fetch: globalThis.fetch,
        log,
      }))
    if (publisher) {
      closers.push(() => publisher.stop())
      metrics.watchPublication(publisher.status)
    }
    const keyRotation = startKeyRotation({
      db,
      listener,
      masterKey,
      signers,
      keyRotation: config.keyRotation,
      reloadSigningKeys: async () => {
        await reloadSigningKeys()
        publisher?.keysMayHaveChanged()
      },
      log,
    })
    closers.push(() => keyRotation.stop())
    const signerWatch = watchSigner({ issuer, log })
    closers.push(() => signerWatch.stop())
    metrics.watch({ db, signer: signerWatch })
    const poolId = await prepareInstallation({
      ...config,
      ...random,
      db,
      deliver: async (token, login) => {
        if (config.adminTokenFile === undefined) showToken(show, token, login, config.baseUrl)
        else await writeTokenFile(config.adminTokenFile, token)
      },
    })
    const tokens = tokenLookup(db, random.now)
    const readiness = readinessOfAll([databaseReadiness(db, MIGRATIONS), signerWatch])
    const secrets = createStackSecrets(masterKey, randomBytes)
    const organizationSecrets = createOrganizationSecrets(masterKey, randomBytes)
    const post = createPost({
      ...THIS_MACHINE,
      allowPrivate: config.allowPrivateWebhooks,
      timeoutMs: SEND_SECONDS * 1000,
    })
    const fetchDocument = documentFetcher({
      ...THIS_MACHINE,
      allowPrivate: config.allowPrivateOidcIssuers,
    })
    const stopping = new AbortController()
    const hostApi = {
      fetch: outboundFetch({
        ...THIS_MACHINE,
        allowPrivate: config.allowPrivateGitHosts,
        flag: PRIVATE_HOSTS_FLAG,
        timeoutMs: HOST_SECONDS * 1000,
        stopping: stopping.signal,
      }),
      now: random.now,
    }
    const linked = linkedRepositories({ db, organizationSecrets, hostApi })
    const app = await buildApp({
      ...random,
      config,
      linked,
      ...(tls && { tls }),
      log,
      db,
      listener,
      tokens,
      readiness,
      secrets,
      organizationSecrets,
      post,
      fetchDocument,
      hostApi,
      metrics,
      masterKey,
      headPublicKeys: [headKey, ...formerHeadKeys].map(({ publicKey }) => publicKey),
      issuer,
      signers,
      reloadSigningKeys,
      publisher,
    })
    closers.push(() => closeApp(app))
    if (config.tls && tls) {
      const certificate = followTls(app.server, config.tls, tls, log)
      closers.push(() => certificate.stop())
    }
    const updateLeases = startLeaseSweep({ db, listener, log })
    closers.push(() => updateLeases.stop())
    const retention = startRetention({
      db,
      walks: (now) => [
        ...oldLogs(config.logRetention, now),
        ...oldEvents(config.eventRetention, now),
        ...oldDeployments(config.deploymentRetention, now),
        ...oldDeliveries(config.deliveryRetention, now),
        ...oldStates(config.stateRetention),
      ],
      now: random.now,
      onDeleted: metrics.deletedAsOld,
      log,
    })
    closers.push(() => retention.stop())
    const reaper = startReaper({
      db,
      listener,
      ending: createEnding(random.now, metrics),
      now: random.now,
      log,
    })
    closers.push(() => reaper.stop())
    const scheduler = startScheduler({
      ...random,
      db,
      secrets,
      linked,
      ending: createEnding(random.now, metrics),
      config,
      log,
    })
    closers.push(() => scheduler.stop())
    const deliveries = startDeliveries({
      ...random,
      random: Math.random,
      db,
      listener,
      post,
      secrets,
      organizationSecrets,
      linked,
      ending: createEnding(random.now, metrics),
      config,
      baseUrl: config.baseUrl,
      onAttempt: metrics.webhookAttempt,
      log,
    })
    closers.push(() => deliveries.stop())
    const gitHosts = startGitHosts({
      ...random,
      random: Math.random,
      db,
      listener,
      secrets,
      organizationSecrets,
      hostApi,
      linked,
      ending: createEnding(random.now, metrics),
      metrics,
      config,
      log,
    })
    closers.push(() => gitHosts.stop())
    // Before them: whoever waits for a git host would hold up the end.
    closers.push(() => stopping.abort())
    if (config.metricsPort !== undefined) {
      const place = { host: config.metricsHost, port: config.metricsPort }
      const server = await listenForMetrics(metrics, place)
      closers.push(() => {
        server.close()
        server.closeAllConnections()
      })
    }
    await listen(app, config)
    if (config.runnerSocket !== undefined) {
      const door = await listenOnSocket(app, config.runnerSocket)
      closers.push(() => {
        door.close()
        door.closeIdleConnections()
      })
    }
    if (config.runnerTokenFd !== undefined) {
      const { token, revoke } = await makeEphemeralPoolToken(db, poolId, random)
      closers.push(() => revoke().catch(ifDatabaseIsGone(log)))
      writeTokenToDescriptor(config.runnerTokenFd, token)
    }
    return { url: config.baseUrl, lost, stop }
  } catch (error) {
    await stop().catch((failure: unknown) =>
      log.error({ err: failure }, 'Closing after a failed start failed too.'),
    )
    throw error
  }
}

/** The last that was opened first. What cannot be closed does not keep the rest open. */
async function closeAll(closers: Closer[]): Promise<void> {
  const failures: unknown[] = []
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
    try {
      await close()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

/** The runner's token stays good, and nobody knows it: after a crash it is no different. */
function ifDatabaseIsGone(log: Logger): (error: unknown) => void {
  return (error) => {
    if (!isDatabaseUnavailable(error)) throw error
    log.warn({}, 'The token of the runner could not be revoked: the database cannot be reached.')
  }
}

async function makeDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartRefusal(
      `The data folder ${folder} cannot be used (${reason}). Choose another with --data.`,
    )
  }
}

async function openPostgres(
  { databaseUrl, dataFolder }: Config,
  log: Logger,
  closers: Closer[],
): Promise<{ connection: Connection; lost: Promise<string> }> {
  if (databaseUrl !== undefined) {
    return { connection: { kind: 'url', url: databaseUrl }, lost: new Promise(() => {}) }
  }
  const postgres = await startEmbeddedPostgres({ dataFolder, log })
  closers.push(() => postgres.stop())
  return postgres
}

async function prepareTables(db: Database, log: Logger): Promise<void> {
  try {
    const applied = await migrate(db, MIGRATIONS)
    if (applied > 0) log.info({ applied }, 'The tables were brought to this release.')
  } catch (error) {
    if (!isDatabaseUnavailable(error) && !isConnectRefusal(error)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new StartRefusal(`The database of DATABASE_URL cannot be used: ${reason}`)
  }
}

/** Wrong password, user or database: PostgreSQL's classes 28 and 3D. */
function isConnectRefusal(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^(?:28|3D)/.test(String(error.code))
}

async function listen(app: FastifyInstance, { listenHost, port }: Config): Promise<void> {
  try {
    await app.listen({ host: listenHost, port })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EADDRINUSE') {
      throw new StartRefusal(
        `Port ${port} of ${listenHost} is taken by another program. Choose another with --port.`,
      )
    }
    if (code === 'EACCES')
      throw new StartRefusal(`This user may not listen on port ${port}. Choose one above 1023.`)
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
      throw new StartRefusal(`--host ${listenHost} is not an address of this machine.`)
    }
    throw error
  }
}

/** Takes no more requests, lets the running ones end, and cuts those that do not. */
async function closeApp(app: FastifyInstance): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), FINISH_REQUESTS_MS)
  try {
    await app.close()
  } finally {
    clearTimeout(cut)
  }
}
