// A server that no cloud reaches: its keys lie in a real S3, written by a day pass that the STS of the very same store
// exchanges, and a cloud believes its deployments by what it reads there.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase } from './harness/database.ts'
import { daypass } from './harness/daypass.ts'
import { startMirrored } from './harness/mirrored-server.ts'
import { type SeaweedFs, startSeaweedFs } from './harness/seaweedfs.ts'
import { type System, startSystem } from './harness/system.ts'
import { accountTrusting, deploymentRequest, subject } from './harness/trusting-role.ts'

const ROLE = 'arn:aws:iam::123456789012:role/daypass-keys'
const LEAD_SECONDS = 4
let store: SeaweedFs | undefined
let system: System | undefined
let way: Way | undefined
let issuerUrl = ''
let missing = ''

beforeAll(async () => {
  const started = await startSeaweedFs({
    issuerUrl: ({ filerUrl }) => `${filerUrl}/buckets/keys`,
    audience: 'sts.amazonaws.com',
    roleArn: ROLE,
    subject: 'daypass:issuer:publish',
    buckets: ['keys'],
  })
  if ('missing' in started) {
    missing = started.missing
    return
  }
  store = started
  way = await startWay(store.url)
  issuerUrl = `${store.filerUrl}/buckets/keys`
  system = await startSystem({
    server: {
      flags: [
        ...['--issuer-url', issuerUrl, '--log-level', 'debug'],
        ...['--publish-keys-to', `s3://keys?region=us-east-1&endpoint=${way.url}&role=${ROLE}`],
        ...['--key-lead-seconds', String(LEAD_SECONDS), '--jwks-max-age-seconds', '2'],
      ],
    },
    accounts: () => [accountTrusting(issuerUrl, { subjects: [subject('dev', 'update')] })],
  })
  await system.addStack('dev')
}, 400_000)
afterAll(async () => {
  await system?.stop()
  await way?.close()
  await store?.stop()
})

interface Way {
  readonly url: string
  /** Nothing passes while it is. */
  isBroken: boolean
  readonly close: () => Promise<void>
}

/** The way from the server to the store's S3, which can be interrupted. */
async function startWay(to: string): Promise<Way> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    if (made.isBroken) return void client.destroy()
    const upstream = connect(Number(new URL(to).port), '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {}).on('close', () => sockets.delete(socket))
    }
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const made: Way = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    isBroken: false,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
  return {
    ...made,
    get isBroken() {
      return made.isBroken
    },
    set isBroken(broken) {
      made.isBroken = broken
      if (broken) for (const socket of sockets) socket.destroy()
    },
  }
}

async function issuer(running: System, ...words: string[]) {
  return daypass(['issuer', ...words, '--json'], { server: running.server, token: running.server.adminToken })
}

async function keysOf(running: System): Promise<{ kid: string; state: string }[]> {
  return (await issuer(running, 'keys')).json.keys
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !(await holds()); await sleep(200))
    if (Date.now() > deadline) throw new Error(`It never came to pass: ${what}`)
}

const publishedKids = async () => {
  const { keys } = (await (await fetch(`${issuerUrl}/.well-known/jwks`)).json()) as {
    keys: { kid: string }[]
  }
  return keys.map(({ kid }) => kid)
}

test('the first publication is made by hand, and the next ones by a day pass', async ({ skip }) => {
  skip(!store, missing)
  if (!system || !store) return
  const refused = await issuer(system, 'publish')
  expect(refused).toMatchObject({ code: 1, json: { publication: { state: 'failing' } } })
  expect(refused.stderr).toContain('daypass issuer publish --print')

  const folder = await mkdtemp(join(tmpdir(), 'daypass-keys-'))
  const written = await issuer(system, 'publish', '--folder', folder)
  expect(written, written.stderr).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('Content-Type: application/json'),
  })
  for (const path of ['jwks', 'openid-configuration']) {
    const body = await readFile(join(folder, '.well-known', path))
    const url = `${issuerUrl}/.well-known/${path}`
    const uploaded = await fetch(url, {
      method: 'PUT',
      body,
      headers: { 'content-type': 'application/json' },
    })
    expect(uploaded.ok).toBe(true)
  }
  await rm(folder, { recursive: true })
  const published = await issuer(system, 'publish')
  expect(published, published.stderr).toMatchObject({
    code: 0,
    json: { publication: { target: 's3://keys', state: 'published', seenBy: 'issuer-url' } },
  })
  const answer = await fetch(`${issuerUrl}/.well-known/jwks`)
  expect(answer.headers.get('cache-control')).toBe('public, max-age=2')

  const checked = await issuer(system, 'check', issuerUrl, '--compare')
  const findings: { check: string; verdict: string }[] = checked.json.findings
  expect(findings.filter(({ verdict }) => verdict !== 'ok').map(({ check }) => check)).toEqual([
    'https',
    'reachable',
  ])
})

test('a cloud believes deployments by the mirror alone, before and after a rotation', async ({ skip }) => {
  skip(!store, missing)
  if (!system || !store) return
  const known = system
  const deploy = (running: System) =>
    running.deploy('dev', deploymentRequest({ repoUrl: running.repoUrl, awsUrl: running.aws.url }))
  const first = await deploy(system)
  expect(first.status, first.log).toBe('succeeded')
  const rotated = await issuer(system, 'rotate')
  expect(rotated, rotated.stderr).toMatchObject({ code: 0, json: { publication: { state: 'published' } } })
  expect(rotated.json.keys.map(({ state }: { state: string }) => state)).toEqual(['signing', 'next'])
  const next = rotated.json.keys.at(-1).kid
  expect(await publishedKids()).toContain(next)
  await until('the next key signs', async () =>
    (await keysOf(system as System)).some(({ kid, state }) => kid === next && state === 'signing'),
  )
  const kids = async (): Promise<string[]> => {
    const { rows } = await known.database.db.query<{ kid: string }>(
      "select kid from mints where purpose <> 'publish' order by seq",
    )
    return rows.map(({ kid }) => kid)
  }
  // The server takes it up with its next look at the keys, and until then signs with the former one.
  await until('a deployment is signed for with the next key', async () => {
    const later = await deploy(known)
    expect(later.status, later.log).toBe('succeeded')
    return (await kids()).at(-1) === next
  })
  expect(new Set(await kids()).size).toBe(2)
  // Nobody has read them from the server itself.
  expect(system.server.log()).not.toMatch(/"route":"[^"]*\.well-known\/(?:jwks|openid-configuration)"/)
})

test('a publication that fails stops the rotation, and what is mended lets it go on', async ({ skip }) => {
  skip(!store, missing)
  if (!system || !way) return
  const running = system
  const [signer] = (await keysOf(running)).filter(({ state }) => state === 'signing')
  way.isBroken = true
  const rotated = await issuer(running, 'rotate')
  expect(rotated).toMatchObject({
    code: 1,
    json: { publication: { state: 'failing', failure: { code: 'target_unreachable' } } },
  })
  await sleep((LEAD_SECONDS + 2) * 1000)
  const stopped = await keysOf(running)
  expect(stopped.find(({ state }) => state === 'signing')?.kid).toBe(signer?.kid)
  const waiting = stopped.find(({ state }) => state === 'unpublished')?.kid
  expect(waiting).toBeDefined()
  expect(await publishedKids()).not.toContain(waiting)
  expect((await fetch(`${running.server.url}/readyz`)).status).toBe(200)

  way.isBroken = false
  await until('it is published', async () => (await publishedKids()).includes(String(waiting)))
  await until('it signs', async () =>
    (await keysOf(running)).some(({ kid, state }) => kid === waiting && state === 'signing'),
  )
})

test('a revoked key is taken from the mirror at once', async ({ skip }) => {
  skip(!store, missing)
  if (!system) return
  const [lost] = (await keysOf(system)).filter(({ state }) => state === 'signing')
  const revoked = await issuer(system, 'revoke', String(lost?.kid), '--yes')
  expect(revoked, revoked.stderr).toMatchObject({ code: 0, json: { publication: { state: 'published' } } })
  expect(await publishedKids()).not.toContain(lost?.kid)
  const signing = (await keysOf(system)).find(({ state }) => state === 'signing')
  expect(await publishedKids()).toContain(signing?.kid)
})

test('a real WebDAV share, which misses the folders, is written by PUT', async ({ skip }) => {
  skip(!store, missing)
  if (!store) return
  const database = await createTestDatabase()
  const place = `${store.webdavUrl}/shared/oidc`
  const server = await startMirrored(database, { issuerUrl: place, target: place })
  try {
    expect(await server.publisher.publishNow(), server.logged.join('\n')).toMatchObject({
      state: 'published',
      seenBy: 'issuer-url',
    })
  } finally {
    await server.publisher.stop()
    await database.drop()
  }
})
