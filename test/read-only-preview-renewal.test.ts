/**
 * Microsoft's and Google's libraries as programs of a read-only preview that runs for eight hours: they never hold the token that
 * the clouds take, and ask the broker for access tokens. A tenth of the exchanges fails, and the clouds' clocks are a minute
 * off. The clock is moved, all else is real.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity'
import { GoogleAuth } from 'google-auth-library'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readLocalEntraConfig } from '../local-clouds/src/azure/config.ts'
import { startLocalEntra } from '../local-clouds/src/azure/local-entra.ts'
import { readLocalGoogleConfig } from '../local-clouds/src/google/config.ts'
import { startLocalGoogle } from '../local-clouds/src/google/local-google.ts'
import { SUBJECT, startTestIssuer } from '../local-clouds/src/issuer/issuer-for-tests.ts'
import { openRelayedBroker } from '../runner/harness/relayed-broker.ts'
import {
  azureAccessTokenRoutes,
  azureAccessTokenVariables,
} from '../runner/src/job/broker/azure-access-token.ts'
import { googleAccessTokenRoutes } from '../runner/src/job/broker/google-access-token.ts'
import { requestAzureToken } from '../runner/src/job/exchange/azure.ts'
import { type AzureTokens, keepAzureTokens } from '../runner/src/job/exchange/azure-tokens.ts'
import { brokeredConfiguration, requestGoogleToken } from '../runner/src/job/exchange/google.ts'
import { keepSession } from '../runner/src/job/exchange/kept-session.ts'
import { CLIENT, POOL, SERVICE_ACCOUNT, SUBSCRIPTION, TENANT } from './harness/azure-and-google.ts'
import { seeded } from './harness/random.ts'

const SEED = 20261129
const HOURS = 8
const ARM = 'https://management.azure.com'

/** One for all tests: Microsoft's library remembers where it asked for as long as its process lives. */
let world: Awaited<ReturnType<typeof start>>
/** How far the clouds' clocks are before this machine's. */
let skewSeconds = 60
const closers: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  world = await start()
  for (const [name, value] of Object.entries(world.azureVariables)) vi.stubEnv(name, value)
})
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
  vi.useRealTimers()
  vi.unstubAllEnvs()
})

async function startClouds(now: () => Date) {
  const issuer = await startTestIssuer(now)
  const federatedCredentials = [{ name: 'shop', issuer: issuer.url, subject: SUBJECT, audiences: ['acme'] }]
  const azureConfig = readLocalEntraConfig({
    tenants: [
      {
        id: TENANT,
        applications: [{ clientId: CLIENT, federatedCredentials, subscriptions: [SUBSCRIPTION] }],
      },
    ],
  })
  const member = `principal://iam.googleapis.com/${POOL}/subject/${SUBJECT}`
  const googleConfig = readLocalGoogleConfig({
    providers: [
      {
        name: `${POOL}/providers/issuer`,
        oidc: { issuerUri: issuer.url, allowedAudiences: ['acme'] },
        attributeMapping: { 'google.subject': 'assertion.sub' },
      },
    ],
    serviceAccounts: [
      {
        email: SERVICE_ACCOUNT,
        policy: { bindings: [{ role: 'roles/iam.workloadIdentityUser', members: [member] }] },
      },
    ],
  })
  if (!azureConfig.ok || !googleConfig.ok) throw new Error('The configuration is not right.')
  const options = { now, fetch: globalThis.fetch, randomBytes }
  const azure = await startLocalEntra({ config: azureConfig.config, ...options })
  const google = await startLocalGoogle({ config: googleConfig.config, ...options })
  closers.push(async () => {
    await Promise.all([azure.close(), google.close(), issuer.close()])
  })
  return { issuer, azure, google }
}

/** A monotonic clock and whoever sleeps by it; only the test moves them. */
function sleepersOf() {
  let elapsed = 0
  const sleepers: { readonly until: number; readonly wake: () => void }[] = []
  const running = new Set<Promise<unknown>>()
  return {
    clock: () => elapsed,
    sleep: (milliseconds: number): Promise<void> =>
      new Promise((resolve) => sleepers.push({ until: elapsed + milliseconds, wake: resolve })),
    /** What begins meanwhile is over then: the clock does not jump while it is on its way. */
    during<Result>(work: Promise<Result>): Promise<Result> {
      running.add(work)
      void work.finally(() => running.delete(work))
      return work
    },
    async pass(seconds: number): Promise<void> {
      elapsed += seconds * 1000
      vi.setSystemTime(Date.now() + seconds * 1000)
      for (const due of sleepers.filter(({ until }) => until <= elapsed)) {
        sleepers.splice(sleepers.indexOf(due), 1)
        due.wake()
      }
      await setImmediate()
      await Promise.all(running)
      await setImmediate()
    },
  }
}

async function start() {
  const time = sleepersOf()
  const clouds = await startClouds(() => new Date(Date.now() + skewSeconds * 1000))
  const random = seeded(SEED)
  const counted = { exchanges: 0, failed: 0, tokens: 0 }
  const over = new AbortController()
  const services = {
    mint: async () => {
      counted.tokens += 1
      const token = await clouds.issuer.token({ jti: String(counted.tokens) })
      const value = { token, subject: SUBJECT, audience: 'acme', lifetimeSeconds: 300, expiresAt: '' }
      return { kind: 'ok', value } as const
    },
    fetch: async (...asked: Parameters<typeof fetch>) => {
      counted.exchanges += 1
      if (random() >= 0.1) return fetch(...asked)
      counted.failed += 1
      return new Response('busy', { status: 503 })
    },
    pause: async () => undefined,
    say: () => undefined,
    hide: () => undefined,
    interrupt: over.signal,
    identity: { issuerUrl: clouds.issuer.url },
  }
  const azure = { clientId: CLIENT, tenantId: TENANT, subscriptionId: SUBSCRIPTION }
  const google = {
    projectNumber: '123456',
    workloadPoolId: 'daypass',
    providerId: 'issuer',
    serviceAccount: SERVICE_ACCOUNT,
    region: null,
    tokenLifetimeSeconds: 900,
  }
  const keeping = { clock: time.clock, sleep: time.sleep, over: over.signal }
  const askAzure = (resource: string) => () =>
    time.during(
      requestAzureToken({
        ...services,
        azure,
        authorityUrl: clouds.azure.url,
        scope: `${resource}/.default`,
      }),
    )
  const askGoogle = () =>
    time.during(
      requestGoogleToken({
        ...services,
        google,
        urls: { sts: clouds.google.url, iamCredentials: clouds.google.url },
      }),
    )
  const azureTokens: AzureTokens = keepAzureTokens({
    clientId: CLIENT,
    async open(resource) {
      const firstFrom = time.clock()
      const first = await askAzure(resource)()
      if (!first.ok) return first
      return {
        ok: true,
        granted: keepSession({ first: first.granted, firstFrom, exchange: askAzure(resource), ...keeping }),
      }
    },
    ...keeping,
  })
  const first = await askGoogle()
  if (!first.ok) throw new Error(first.failure.message)
  const googleSession = keepSession({ first: first.granted, firstFrom: 0, exchange: askGoogle, ...keeping })
  const broker = await openRelayedBroker({
    routes: {
      ...azureAccessTokenRoutes(
        () => azureTokens,
        () => new Date(),
      ),
      ...googleAccessTokenRoutes(() => googleSession),
    },
    randomBytes,
    report: (sentence) => {
      throw new Error(sentence)
    },
  })
  const folder = await mkdtemp(join(tmpdir(), 'daypass-previews-'))
  closers.push(async () => {
    over.abort()
    await broker.close()
    await rm(folder, { recursive: true, force: true })
  })
  const requestFile = join(folder, 'google-request-token')
  await writeFile(requestFile, broker.requestToken)
  const configuration = brokeredConfiguration(google, `${broker.url}/google-access-token`, requestFile)
  return {
    clouds,
    counted,
    broker,
    pass: time.pass,
    azureVariables: azureAccessTokenVariables(broker, azure),
    googleConfiguration: configuration,
  }
}

async function whoIs(url: string, token: string | null | undefined): Promise<Record<string, unknown>> {
  const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}

test('eight hours, the clouds’ clocks a minute off, a tenth of the exchanges fails: neither library is ever refused', async () => {
  const { clouds, counted, pass, googleConfiguration } = world
  const azure = new ManagedIdentityCredential({ clientId: CLIENT })
  const google = await new GoogleAuth({
    credentials: googleConfiguration as object,
    scopes: ['https://www.googleapis.com/auth/cloud-platform'],
  }).getClient()
  for (let minute = 0; minute < HOURS * 60; minute += 5) {
    await pass(300)
    if (minute === (HOURS * 60) / 2) skewSeconds = -60
    const { token } = await azure.getToken(`${ARM}/.default`)
    const subscription = await whoIs(`${clouds.azure.url}/subscriptions/${SUBSCRIPTION}`, token)
    expect(subscription['managedBy']).toBe(CLIENT)
    const { token: googleToken } = await google.getAccessToken()
    const account = await whoIs(`${clouds.google.url}/oauth2/v3/userinfo`, googleToken)
    expect(account['email']).toBe(SERVICE_ACCOUNT)
  }
  expect(counted.failed).toBeGreaterThan(5)
  expect(counted.tokens).toBeGreaterThan(70)
}, 60_000)

test('Azure’s default chain ends there too, and what can send no header has the token in the address', async () => {
  const { clouds, broker, azureVariables } = world
  const { token } = await new DefaultAzureCredential().getToken(`${ARM}/.default`)
  const subscription = await whoIs(`${clouds.azure.url}/subscriptions/${SUBSCRIPTION}`, token)
  expect(subscription['managedBy']).toBe(CLIENT)

  // As HashiCorp's SDK for Azure asks, with which azurerm and azuread are made.
  const query = new URLSearchParams({ 'api-version': '2018-02-01', resource: ARM, client_id: CLIENT })
  const asHashicorp = await fetch(`${azureVariables['ARM_MSI_ENDPOINT']}?${query}`, {
    headers: { Metadata: 'true' },
  })
  const { access_token, ...answered } = (await asHashicorp.json()) as Record<string, unknown>
  expect(answered).toMatchObject({ token_type: 'Bearer', resource: ARM, expires_in: expect.any(String) })
  expect(String(access_token)).toMatch(/^eyJlocal\./)

  const ask = (change: Record<string, string>) =>
    fetch(`${azureVariables['ARM_MSI_ENDPOINT']}?${new URLSearchParams({ resource: ARM, ...change })}`)
  for (const resource of ['', `${ARM}/.default https://graph.microsoft.com`, 'acme', `${ARM} x`]) {
    expect((await ask({ resource })).status, resource).toBe(400)
  }
  expect((await ask({ client_id: TENANT })).status).toBe(400)
  const stranger = broker.requestToken.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
  const url = String(azureVariables['ARM_MSI_ENDPOINT']).replace(broker.requestToken, stranger)
  expect((await fetch(`${url}?resource=${ARM}`)).status).toBe(401)
  expect((await fetch(`${broker.url}/azure-access-token?resource=${ARM}`)).status).toBe(401)
})

test('Google’s token service is answered for whoever brings the request token, and for nobody else', async () => {
  const { broker } = world
  const ask = (form: Record<string, string>) =>
    fetch(`${broker.url}/google-access-token`, { method: 'POST', body: new URLSearchParams(form) })
  const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange'
  expect((await ask({ grant_type, subject_token: broker.requestToken })).status).toBe(200)
  expect((await ask({ grant_type: 'x', subject_token: broker.requestToken })).status).toBe(400)
  for (const subject_token of ['', 'dpr-', `${broker.requestToken}0`]) {
    expect((await ask({ grant_type, subject_token })).status).toBe(401)
  }
  expect((await ask({ grant_type })).status).toBe(401)
})
