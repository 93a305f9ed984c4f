/** The whole server in this process, on a database of its own, without listening: for tests of routes by `inject`. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { Claim, ClaimRequest } from '@daypass/contract/job-protocol.ts'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { pino } from 'pino'
import { type FetchDocument, FetchRefused } from '../../server/src/access/oidc/fetch-document.ts'
import { hashToken, makeToken } from '../../server/src/access/token.ts'
import { tokenLookup } from '../../server/src/access/token-lookup.ts'
import { buildApp } from '../../server/src/app.ts'
import { type Config, readConfig } from '../../server/src/config.ts'
import type { Database } from '../../server/src/db/database.ts'
import type { Ending } from '../../server/src/deployments/deployment.ts'
import type { LinkedRepositories } from '../../server/src/deployments/linked-repository.ts'
import { linkedRepositories } from '../../server/src/git-hosts/linked.ts'
import { createKeyRing } from '../../server/src/issuer/keys.ts'
import { createIssuer } from '../../server/src/issuer/mint.ts'
import { insertMints } from '../../server/src/issuer/record.sql.ts'
import { mintRecorder } from '../../server/src/issuer/record.ts'
import { createSigners } from '../../server/src/issuer/signers.ts'
import { createEnding } from '../../server/src/jobs/ending.ts'
import { headKeys } from '../../server/src/ledger/head-key.ts'
import { createMetrics, type Registered } from '../../server/src/metrics/metrics.ts'
import { OutboundRefused } from '../../server/src/outbound/fetch.ts'
import { openMasterKey } from '../../server/src/secrets/master-key.ts'
import {
  createOrganizationSecrets,
  createStackSecrets,
  type StackSecrets,
} from '../../server/src/secrets/stack-secrets.ts'
import type { Post } from '../../server/src/webhooks/post.ts'
import { withCheckedAnswers } from './checked-answers.ts'
import { createTestDatabase, type TestDatabase } from './database.ts'

export interface World {
  readonly database: TestDatabase
  /** The server's own way to it. */
  readonly db: Database
  readonly app: FastifyInstance
  readonly config: Config
  readonly secrets: StackSecrets
  readonly organizationSecrets: StackSecrets
  readonly metrics: Registered
  readonly ending: Ending
  /** Access tokens: `admin` and `member` of `acme`, `stranger` of `other`. */
  readonly tokens: { readonly admin: string; readonly member: string; readonly stranger: string }
  readonly userIds: { readonly admin: string; readonly member: string; readonly stranger: string }
  readonly organizationIds: { readonly acme: string; readonly other: string }
  readonly sharedPool: { readonly id: string; readonly token: string; readonly tokenId: string }
  call(method: InjectOptions['method'] & string, path: string, options?: CallOptions): Promise<WorldAnswer>
  /** Adds `organization/project/name` and answers its id. */
  addStack(name: string, organization?: 'acme' | 'other'): Promise<string>
  addPool(name: string, organization?: 'acme' | 'other'): Promise<World['sharedPool']>
  /** As a runner of the pool; undefined for 204. */
  claim(options?: { token?: string; waitSeconds?: number }): Promise<Claim | undefined>
  /** With a job's token. */
  job(method: 'GET' | 'POST', path: string, jobToken: string, body?: unknown): Promise<WorldAnswer>
  /** Answers otherwise than promised, of requests that did not go through `call`. */
  takeFaults(): readonly string[]
  close(): Promise<void>
}

export interface CallOptions {
  readonly body?: unknown
  /** Sent as it is, instead of `body`. */
  readonly raw?: string
  /** An access token; the admin's unless said otherwise, none for null. */
  readonly token?: string | null
  readonly headers?: Readonly<Record<string, string>>
}

export interface WorldAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  // biome-ignore lint/suspicious/noExplicitAny: an answer's shape is what a test asserts
  readonly body: any
}

export interface WorldOptions {
  readonly poolSize?: number
  /** Told of each statement and transaction that the server sends. */
  readonly onQuery?: (name: string) => void
  /** How webhooks leave; nothing leaves unless said so. */
  readonly post?: Post
  /** What other issuers publish; nothing, unless it is given. */
  readonly fetchDocument?: FetchDocument
  /** What git hosts answer; nothing, unless it is given. */
  readonly hostFetch?: typeof globalThis.fetch
  /** Repositories of git hosts; none, unless they are given. */
  readonly linked?: LinkedRepositories
  /** The server's clock; the database has its own. */
  readonly now?: () => Date
  readonly flags?: readonly string[]
  /** How long a client that has read a whole log waits for more: not at all unless said so. */
  readonly followSeconds?: number
  /** Where the web console was built; nowhere unless said so. */
  readonly consoleFolder?: string
}

export async function createWorld({
  poolSize = 10,
  onQuery,
  post,
  fetchDocument,
  hostFetch,
  linked,
  now = () => new Date(),
  flags = [],
  followSeconds = 0,
  consoleFolder = '/nowhere',
}: WorldOptions = {}): Promise<World> {
  const database = await createTestDatabase({ poolSize })
  const db = onQuery === undefined ? database.db : watched(database.db, onQuery)
  const listener = await database.listen()
  const log = pino({ level: 'silent' })
  const config = readConfig(
    ['--base-url', 'http://127.0.0.1:8080', '--data', '/nowhere', ...flags],
    {},
    'linux',
  )
  if (config === 'help') throw new Error('no help was asked for')
  const masterKey = await openMasterKey(
    { kind: 'value', value: randomBytes(32).toString('base64') },
    randomBytes,
  )
  const secrets = createStackSecrets(masterKey, randomBytes)
  const organizationSecrets = createOrganizationSecrets(masterKey, randomBytes)
  const metrics = createMetrics({ withProcess: false })
  metrics.watch({ db, signer: { whyNotReady: () => undefined } })
  const signers = createSigners({ newKeys: 'database', pkcs11: undefined, randomBytes })
  const issuer = createIssuer({
    issuerUrl: config.issuerUrl,
    keys: await createKeyRing({ db, masterKey, signers }).load(),
    record: mintRecorder((mints) => insertMints(db, mints)),
    now,
    randomUuid: randomUUID,
  })
  const hostApi = {
    fetch: hostFetch ?? (() => Promise.reject(new OutboundRefused('Nothing is asked here.'))),
    now,
  }
  const [app, answers] = await withCheckedAnswers(() =>
    buildApp({
      config,
      log,
      now,
      randomBytes,
      randomUuid: randomUUID,
      db,
      listener,
      tokens: tokenLookup(db, now),
      readiness: { whyNotReady: async () => undefined },
      secrets,
      organizationSecrets,
      post: post ?? (async () => ({ kind: 'failed', sentence: 'This test sends nothing.', final: true })),
      fetchDocument: fetchDocument ?? (() => Promise.reject(new FetchRefused('Nothing is fetched here.'))),
      hostApi,
      metrics,
      linked: linked ?? linkedRepositories({ db, organizationSecrets, hostApi }),
      masterKey,
      headPublicKeys: headKeys(masterKey).map(({ publicKey }) => publicKey),
      issuer,
      signers,
      reloadSigningKeys: async () => {},
      followSeconds,
      consoleFolder,
    }),
  )

  async function addOrganization(name: string): Promise<string> {
    const id = randomUUID()
    await db.query('insert into organizations (id, name) values ($1, $2)', [id, name])
    return id
  }
  async function addUser(login: string, organizationId: string, role: string): Promise<[string, string]> {
    const id = randomUUID()
    const token = makeToken('access', randomBytes)
    await db.query('insert into users (id, login, name, email) values ($1, $2, $3, $4)', [
      id,
      login,
      login.toUpperCase(),
      `${login}@example.com`,
    ])
    await db.query('insert into members (organization_id, user_id, role) values ($1, $2, $3)', [
      organizationId,
      id,
      role,
    ])
    await db.query('insert into access_tokens (id, user_id, token_hash) values ($1, $2, $3)', [
      randomUUID(),
      id,
      hashToken(token),
    ])
    return [id, token]
  }
  async function addPoolTo(organizationId: string | null, name: string): Promise<World['sharedPool']> {
    const [id, tokenId] = [randomUUID(), randomUUID()]
    const token = makeToken('pool', randomBytes)
    await db.query('insert into pools (id, organization_id, name) values ($1, $2, $3)', [
      id,
      organizationId,
      name,
    ])
    await db.query('insert into pool_tokens (id, pool_id, token_hash) values ($1, $2, $3)', [
      tokenId,
      id,
      hashToken(token),
    ])
    return { id, token, tokenId }
  }

  const acme = await addOrganization('acme')
  const other = await addOrganization('other')
  const [adminId, admin] = await addUser('admin', acme, 'admin')
  const [memberId, member] = await addUser('member', acme, 'member')
  const [strangerId, stranger] = await addUser('stranger', other, 'admin')
  const sharedPool = await addPoolTo(null, 'default')
  const organizationIds = { acme, other }

  async function send(
    method: string,
    path: string,
    authorization: string | undefined,
    body: unknown,
    raw?: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<WorldAnswer> {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const answer = await app.inject({
      method: method as 'GET',
      url: path,
      headers: {
        accept: 'application/json',
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...(authorization !== undefined && { authorization }),
        ...headers,
      },
      ...(payload !== undefined && { payload }),
    })
    const [fault] = answers.takeFaults()
    if (fault !== undefined) throw new Error(fault)
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.payload === '' ? undefined : JSON.parse(answer.payload),
    }
  }

  return {
    database,
    db,
    app,
    config,
    secrets,
    organizationSecrets,
    metrics,
    ending: createEnding(now, metrics),
    tokens: { admin, member, stranger },
    userIds: { admin: adminId, member: memberId, stranger: strangerId },
    organizationIds,
    sharedPool,
    call: (method, path, { body, raw, token = admin, headers } = {}) =>
      send(method, path, token === null ? undefined : `token ${token}`, body, raw, headers),
    async addStack(name, organization = 'acme') {
      const id = randomUUID()
      await db.query('insert into stacks (id, organization_id, project, name) values ($1, $2, $3, $4)', [
        id,
        organizationIds[organization],
        'web',
        name,
      ])
      return id
    },
    addPool: (name, organization = 'acme') => addPoolTo(organizationIds[organization], name),
    async claim({ token = sharedPool.token, waitSeconds = 0 } = {}) {
      const body: ClaimRequest = { runnerName: 'r1', runnerVersion: '1', launcher: 'plain', waitSeconds }
      const answer = await send('POST', '/api/daypass/runner/claim', `Bearer ${token}`, body)
      if (answer.status === 204) return undefined
      if (answer.status !== 200) throw new Error(`claim: ${answer.status} ${JSON.stringify(answer.body)}`)
      return answer.body as Claim
    },
    job: (method, path, jobToken, body) => send(method, path, `Bearer ${jobToken}`, body),
    takeFaults: answers.takeFaults,
    async close() {
      await app.close()
      await database.drop()
      const [fault] = answers.takeFaults()
      if (fault !== undefined) throw new Error(fault)
    },
  }
}

function watched(db: Database, onQuery: (name: string) => void): Database {
  return {
    ...db,
    query: (statement, values) => {
      onQuery(typeof statement === 'string' ? statement : statement.name)
      return db.query(statement, values)
    },
    transaction: (work) => {
      onQuery('transaction')
      return db.transaction(work)
    },
  }
}

/** Inline settings that run. */
export const GIT = { repoUrl: 'https://git.example.com/team/app.git', branch: 'main' } as const

/** As if a runner of each pool had just asked for work. */
export async function seeRunners({ db }: World): Promise<void> {
  await db.query(/* sql */ `
    insert into pool_runners (pool_id, name, hostname, pid, version, platform, ip, last_seen_at)
    select id, 'seen', '', '', '', '', '', now() from pools
    on conflict (pool_id, name, hostname, pid) do update set last_seen_at = now()`)
}
