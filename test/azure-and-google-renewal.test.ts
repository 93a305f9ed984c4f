/**
 * The SDKs of Azure and Google for JavaScript as programs that run for eight hours on a moved clock, with what the runner
 * gives every job: the token's file, kept fresh, and the request pair. A tenth of the clouds' exchanges and of the server's
 * answers are errors, and the clocks are apart. All else is real.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import {
  ClientAssertionCredential,
  getBearerTokenProvider,
  type TokenCredential,
  WorkloadIdentityCredential,
} from '@azure/identity'
import { ExternalAccountClient } from 'google-auth-library'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { makeCertificate } from '../local-clouds/src/cloud/certificate.ts'
import { openRelayedBroker } from '../runner/harness/relayed-broker.ts'
import { azureRequestVariables, idTokenRoutes } from '../runner/src/job/broker/id-token-request.ts'
import { AZURE, GOOGLE } from '../runner/src/job/exchange/exchanges-for-tests.ts'
import { credentialConfiguration } from '../runner/src/job/exchange/google.ts'
import {
  mintIdToken,
  openStepTokens,
  type StepTokensOptions,
  TOKEN_FILE,
} from '../runner/src/job/identity.ts'
import { createRedactor } from '../runner/src/job/redact.ts'
import { startFailingFront } from './harness/failing-front.ts'
import { moveClock, whileTimePasses } from './harness/moved-clock.ts'
import { seeded } from './harness/random.ts'
import { startTrustingClouds } from './harness/trusting-clouds.ts'

const SEED = 20261129
const HOURS = 8
const TOKEN_SECONDS = 900
const MINUTES_A_STEP = 4
const SCOPE = 'https://management.azure.com/.default'

beforeEach(moveClock)
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

interface Clocks {
  /** How far the server's clock is ahead of the runner's and the program's, in seconds. */
  readonly server: number
  /** How far the cloud's is ahead of them. */
  readonly cloud: number
}

/** A job with its token's file and its broker, a server that mints, and clouds that trust it. */
async function startJob({ server, cloud }: Clocks) {
  const after = (seconds: number) => () => new Date(Date.now() + seconds * 1000)
  const world = await startTrustingClouds({ now: after(server), cloudNow: after(cloud) })
  const random = seeded(SEED)
  const tls = await makeCertificate()
  const fails = (): boolean => random() < 0.1
  const [azure, google] = await Promise.all([
    startFailingFront({ url: world.urls.azure, fails, tls }),
    startFailingFront({ url: world.urls.google, fails }),
  ])
  const folder = await mkdtemp(join(tmpdir(), 'daypass-renewal-'))
  const over = new AbortController()
  let minted = 0
  let unanswered = 0
  /** Of the file; undefined while it is asked for. */
  let newest: string | undefined
  const options: StepTokensOptions = {
    plane: {
      idToken: async ({ audience }) => {
        // Whoever asks for the file names no audience.
        const isForFile = audience === undefined
        if (isForFile) newest = undefined
        if (fails()) {
          unanswered += 1
          return { kind: 'away', reason: 'it answered 502' }
        }
        minted += 1
        const { iat } = world.issuer.claims()
        const token = await world.issuer.token({ jti: String(minted), exp: iat + TOKEN_SECONDS })
        // The end is by the server's clock, and nobody may use it.
        const expiresAt = new Date((iat + TOKEN_SECONDS) * 1000).toISOString()
        if (isForFile) newest = token
        const value = { token, subject: '', audience: 'acme', lifetimeSeconds: TOKEN_SECONDS, expiresAt }
        return { kind: 'ok', value }
      },
    },
    job: {
      folder: { path: folder, identity: folder },
      user: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    } as unknown as StepTokensOptions['job'],
    redactor: createRedactor(SEED),
    pause: async (attempt) =>
      new Promise((resolve) => void setTimeout(resolve, Math.min(30, 2 ** attempt) * 1000)),
    report: (sentence) => {
      throw new Error(sentence)
    },
    over: over.signal,
  }
  const tokens = openStepTokens(options)
  const broker = await openRelayedBroker({
    routes: idTokenRoutes({
      ownAudience: 'acme',
      mint: (audience) => mintIdToken(options, { purpose: 'job', audience }),
    }),
    randomBytes,
    report: options.report,
  })
  await whileTimePasses(tokens.forStep())
  onTestFinished(async () => {
    over.abort()
    tokens.close()
    await Promise.all([broker.close(), azure.close(), google.close(), world.close()])
    await rm(folder, { recursive: true })
  })
  const tokenFile = join(folder, TOKEN_FILE)
  /** The clock does not jump while the supervisor writes the next token: that takes no minute. */
  async function fileIsWritten(): Promise<void> {
    while ((await readFile(tokenFile, 'utf8')) !== newest) await setImmediate()
  }
  return { azure, google, tls, tokenFile, broker, fileIsWritten, counted: () => ({ minted, unanswered }) }
}

type Job = Awaited<ReturnType<typeof startJob>>

/** @param program Asks the cloud something, and throws when it is refused. Providers come and go; this one lives on. */
async function runFor(hours: number, job: Job, program: () => Promise<void>): Promise<void> {
  for (let minute = 0; minute < hours * 60; minute += MINUTES_A_STEP) {
    vi.advanceTimersByTime(MINUTES_A_STEP * 60_000)
    await whileTimePasses(job.fileIsWritten())
    await whileTimePasses(program())
  }
}

/**
 * A minute between program and cloud, and ten minutes between runner and server. (A cloud ten minutes ahead of the program is
 * more than Google's library can bear: it compares the end of its token, by the cloud's clock, with its own.)
 */
const APART: readonly Clocks[] = [
  { server: 60, cloud: 60 },
  { server: -600, cloud: -600 },
]

function azureCredential(kind: 'file' | 'request', { azure, tls, tokenFile, broker }: Job): TokenCredential {
  const options = {
    authorityHost: azure.url,
    disableInstanceDiscovery: true,
    tlsOptions: { ca: tls.cert },
  }
  const { tenantId, clientId } = AZURE
  if (kind === 'file')
    return new WorkloadIdentityCredential({ tenantId, clientId, tokenFilePath: tokenFile, ...options })
  const { ARM_OIDC_REQUEST_URL: url = '', ARM_OIDC_REQUEST_TOKEN: bearer = '' } = azureRequestVariables(
    broker,
    'acme',
  )
  const assertion = async (): Promise<string> => {
    const answer = await fetch(url, { headers: { authorization: `Bearer ${bearer}` } })
    return ((await answer.json()) as { value: string }).value
  }
  return new ClientAssertionCredential(tenantId, clientId, assertion, options)
}

/** As a provider does: reads the subscription with the token that its SDK has for it. */
function readSubscription({ azure, tls }: Job, token: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const url = `${azure.url}/subscriptions/${AZURE.subscriptionId}`
  const headers = { authorization: `Bearer ${token}` }
  get(url, { ca: tls.cert, headers, agent: false }, (answer) => {
    answer.resume()
    resolve(answer.statusCode ?? 0)
  }).on('error', reject)
  return promise
}

test.each(APART)(
  'eight hours of Azure’s SDK, by the file and by the request pair, with clocks apart by %j',
  async (clocks) => {
    const job = await startJob(clocks)
    let minute = 0
    // As the SDK's clients keep tokens: the credential itself asks for an assertion at each call.
    const begin = (kind: 'file' | 'request') => getBearerTokenProvider(azureCredential(kind, job), SCOPE)
    let living: (() => Promise<string>)[] = []
    await runFor(HOURS, job, async () => {
      // One of each that lives on, and one of each that a step's new process begins with.
      if (minute % 20 === 0) living = [...living.slice(0, 2), begin('file'), begin('request')]
      minute += MINUTES_A_STEP
      for (const token of living) expect(await readSubscription(job, await token())).toBe(200)
    })
    expect(job.azure.counted.failed).toBeGreaterThan(2)
    expect(job.azure.counted.exchanges).toBeGreaterThan(30)
    expect(job.counted().unanswered).toBeGreaterThan(2)
  },
)

test.each(APART)('eight hours of Google’s library by the file, with clocks apart by %j', async (clocks) => {
  const job = await startJob(clocks)
  const urls = { sts: job.google.url, iamCredentials: job.google.url }
  const configuration = credentialConfiguration({ ...GOOGLE, tokenLifetimeSeconds: 900 }, urls, job.tokenFile)
  const client = ExternalAccountClient.fromJSON(configuration as never)
  await runFor(HOURS, job, async () => {
    const { token } = (await client?.getAccessToken()) ?? {}
    const authorization = `Bearer ${token}`
    const who = await fetch(`${job.google.url}/oauth2/v3/userinfo`, { headers: { authorization } })
    expect(await who.json()).toMatchObject({ email: GOOGLE.serviceAccount })
  })
  expect(job.google.counted.failed).toBeGreaterThan(2)
  expect(job.google.counted.exchanges).toBeGreaterThan(60)
  expect(job.counted().unanswered).toBeGreaterThan(0)
})

test('without a fresh file the same programs are refused', async () => {
  const job = await startJob({ server: 0, cloud: 0 })
  const old = join(tmpdir(), `daypass-old-token-${process.pid}`)
  await writeFile(old, await readFile(job.tokenFile))
  onTestFinished(() => rm(old))
  await runFor(1, job, async () => undefined)
  const stale = { ...job, tokenFile: old }
  await expect(whileTimePasses(azureCredential('file', stale).getToken(SCOPE))).rejects.toThrow(
    /AADSTS700024/,
  )
  const urls = { sts: job.google.url, iamCredentials: job.google.url }
  const client = ExternalAccountClient.fromJSON(credentialConfiguration(GOOGLE, urls, old) as never)
  await expect(whileTimePasses(Promise.resolve(client?.getAccessToken()))).rejects.toThrow(/stale/)
})
