/** A GitHub App made by a manifest: the pages, and each way in which it goes wrong. GitHub is strict, local and real HTTP. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { APP_WEBHOOK_SECRET, type GitHub, startGitHub } from '../../../test/harness/github/github.ts'
import { createWorld, type World } from '../../../test/harness/world.ts'
import { gitHostById } from './host.sql.ts'
import { openGitHost } from './secrets.ts'

let world: World
let github: GitHub
let away = false
let time = Date.now()
const PATH = '/api/daypass/orgs/acme/git-hosts/github/registration'

beforeAll(async () => {
  github = await startGitHub()
  world = await createWorld({
    flags: ['--allow-private-git-hosts'],
    now: () => new Date(time),
    hostFetch: (input, init) =>
      away
        ? Promise.reject(new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } }))
        : fetch(input, init),
  })
})
afterAll(async () => {
  await world.close()
  await github.close()
})
beforeEach(async () => {
  away = false
  time = Date.now()
  github.trouble = undefined
  await world.db.query('delete from git_hosts')
  await world.db.query('delete from git_app_registrations')
})

const begin = (body: object = {}) =>
  world.call('POST', PATH, { body: { kind: 'github-enterprise', webUrl: github.webUrl, ...body } })
const progress = async () => (await world.call('GET', PATH)).body
/** As a browser would: without a token, and by the path below the base URL. */
const open = (url: string) => world.app.inject({ url: new URL(url).pathname + new URL(url).search })

async function pageOf(link: string) {
  const shown = await open(link)
  const unescaped = (text = '') =>
    text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&amp;', '&')
  const [, action] = /<form method="post" action="([^"]+)">/.exec(shown.body) ?? []
  const [, manifest] = /name="manifest" value="([^"]+)"/.exec(shown.body) ?? []
  return { shown, action: unescaped(action), manifest: unescaped(manifest) }
}

/** The two clicks. @returns Where GitHub sends the browser. */
async function makeApp(link: string): Promise<string> {
  const { action, manifest } = await pageOf(link)
  const form = await fetch(action, { method: 'POST', body: new URLSearchParams({ manifest }) })
  const [, create = ''] = /action="([^"]+)"/.exec(await form.text()) ?? []
  const made = await fetch(github.webUrl + create, { method: 'POST', redirect: 'manual' })
  return made.headers.get('location') ?? ''
}

test('three clicks connect an App with its own secrets, and no secret is shown or kept in clear', async () => {
  const begun = await begin({ gitHubOrganization: 'acme-inc', repositories: ['acme/*'] })
  expect(begun).toMatchObject({ status: 201, body: { link: expect.stringMatching(/\?state=[0-9a-f]{64}$/) } })
  expect(await progress()).toEqual({ id: begun.body.id, state: 'waiting' })
  const { shown, action, manifest } = await pageOf(begun.body.link)
  expect(shown.statusCode).toBe(200)
  expect(shown.headers['content-security-policy']).toMatch(
    new RegExp(`; form-action ${github.webUrl}; frame-ancestors 'none'`),
  )
  expect(shown.headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'origin' })
  expect(shown.body).not.toMatch(/<script|\son\w+=/i)
  const [, state] = begun.body.link.split('=')
  expect(action).toBe(`${github.webUrl}/organizations/acme-inc/settings/apps/new?state=${state}`)
  expect(JSON.parse(manifest)).toEqual({
    name: 'daypass-acme',
    url: 'http://127.0.0.1:8080',
    description: expect.stringContaining('acme'),
    hook_attributes: {
      url: `http://127.0.0.1:8080/api/daypass/git-hosts/${begun.body.id}/events`,
      active: true,
    },
    redirect_url: 'http://127.0.0.1:8080/github-app/made',
    setup_url: 'http://127.0.0.1:8080/github-app/installed',
    public: false,
    default_permissions: {
      contents: 'read',
      metadata: 'read',
      pull_requests: 'write',
      checks: 'write',
      statuses: 'write',
    },
    default_events: ['push', 'pull_request', 'issue_comment', 'pull_request_review'],
  })

  const back = await open(await makeApp(begun.body.link))
  expect(back.statusCode).toBe(303)
  const installUrl = `${github.webUrl}/apps/acme-daypass/installations/new`
  expect(back.headers.location).toBe(installUrl)
  expect(github.madeApps.at(-1)?.owner).toBe('acme-inc')
  const after = await progress()
  expect(after).toMatchObject({
    id: begun.body.id,
    state: 'connected',
    installUrl,
    gitHost: { id: begun.body.id, name: 'github', kind: 'github-enterprise', repositories: ['acme/*'] },
  })
  const host = await gitHostById(world.db, begun.body.id)
  const opened = host && (await openGitHost(world.db, world, host))
  expect(opened).toMatchObject({
    secrets: { webhookSecret: APP_WEBHOOK_SECRET, privateKey: github.app.privateKey },
  })
  const { rows } = await world.db.query('select * from git_app_registrations')
  const audit = await world.db.query(`select * from audit_log where action like 'git_host.%'`)
  const said = JSON.stringify([after, rows, audit.rows, shown.body, back.body, back.headers])
  for (const secret of [APP_WEBHOOK_SECRET, 'PRIVATE KEY', 'client_secret'])
    expect(said).not.toContain(secret)
  expect(JSON.stringify([rows, audit.rows])).not.toContain(state)
  expect(github.mistakes).toEqual([])

  // The signed ping is one that the connection takes.
  const { headers, body } = after.testEvent
  const url = `/api/daypass/git-hosts/${begun.body.id}/events`
  expect(await world.call('POST', url, { raw: body, headers, token: null })).toMatchObject({ status: 202 })
  const altered = { raw: `${body} `, headers, token: null }
  expect(await world.call('POST', url, altered)).toMatchObject({ status: 404 })
})

test('a person’s own App is made below their own settings', async () => {
  const { body } = await begin()
  expect((await pageOf(body.link)).action).toMatch(`${github.webUrl}/settings/apps/new?state=`)
})

test('a state is good once, for half an hour, until another takes its place', async () => {
  const wrong = `http://127.0.0.1:8080/github-app?state=${'0'.repeat(64)}`
  expect((await open(wrong)).body).toContain('not one of this server')
  expect((await open(wrong)).statusCode).toBe(404)
  expect((await open(wrong.replace('?', '/made?code=x&'))).statusCode).toBe(404)
  expect((await open('http://127.0.0.1:8080/github-app')).statusCode).toBe(404)

  const former = (await begin()).body.link
  const { body } = await begin()
  expect((await open(former)).statusCode).toBe(404)
  const back = await makeApp(body.link)
  const both = await Promise.all([open(back), open(back)])
  expect(both.map(({ statusCode }) => statusCode).sort()).toEqual([303, 410])
  const again = await open(back)
  expect(again.statusCode).toBe(410)
  expect(again.body).toContain('good once, and was used')
  expect((await open(body.link)).statusCode).toBe(410)

  await world.db.query('delete from git_hosts')
  const late = (await begin()).body.link
  const lateBack = await makeApp(late)
  time += 31 * 60_000
  expect((await open(late)).body).toContain('half an hour, which is over')
  expect((await open(lateBack)).statusCode).toBe(410)
  expect(await progress()).toMatchObject({ state: 'expired' })
  expect(github.manifestCodes.size).toBe(1)
  github.manifestCodes.clear()
})

test('a code that GitHub does not take ends it with a sentence, and nothing is connected', async () => {
  for (const code of ['unknown', '..%2F..%2Fapp', '']) {
    const { body } = await begin()
    const back = await open(body.link.replace('?', `/made?code=${code}&`))
    expect(back.statusCode).toBe(409)
    expect(back.body).toContain('does not take the code')
    expect(await progress()).toMatchObject({ state: 'failed', message: expect.stringContaining('the code') })
  }
  expect((await world.call('GET', '/api/daypass/orgs/acme/git-hosts')).body.gitHosts).toEqual([])
  expect(github.mistakes).toEqual([])
})

test('while GitHub cannot be asked the code stays good, and the page says to reload', async () => {
  const { body } = await begin()
  const back = await makeApp(body.link)
  away = true
  const failed = await open(back)
  expect(failed.statusCode).toBe(502)
  expect(failed.body).toContain('cannot be reached (ECONNREFUSED). Reload this page')
  expect(await progress()).toMatchObject({ state: 'waiting' })
  away = false
  github.trouble = () => ({ status: 503 })
  expect((await open(back)).statusCode).toBe(502)
  github.trouble = undefined
  expect((await open(back)).statusCode).toBe(303)
})

test('a connection of the name is said at once, and also when it came meanwhile', async () => {
  const { body } = await begin()
  const back = await makeApp(body.link)
  await world.call('POST', '/api/daypass/orgs/acme/git-hosts', { body: { name: 'github', kind: 'github' } })
  expect(await begin()).toMatchObject({ status: 409, body: { reason: 'git_host_exists' } })
  const late = await open(back)
  expect(late.statusCode).toBe(409)
  expect(late.body).toMatch(/already\. GitHub has the App acme-daypass all the same: delete it there/)
  expect(await progress()).toMatchObject({ state: 'failed', message: expect.stringContaining('already') })
})

test('whoever began it has to be an admin still when it ends', async () => {
  const { body } = await begin()
  const back = await makeApp(body.link)
  const other = `insert into users (id, login, name) values (gen_random_uuid(), 'second', 'second') returning id`
  const [second] = (await world.db.query<{ id: string }>(other)).rows
  const join = `insert into members (organization_id, user_id, role) values ($1, $2, 'admin')`
  await world.db.query(join, [world.organizationIds.acme, second?.id])
  const demote = `update members set role = $3 where organization_id = $1 and user_id = $2`
  const admin = [world.organizationIds.acme, world.userIds.admin]
  await world.db.query(demote, [...admin, 'member'])
  const late = await open(back)
  await world.db.query(demote, [...admin, 'admin'])
  expect(late.statusCode).toBe(409)
  expect(late.body).toContain('is no admin of acme any more')
})

test('only admins begin one, and addresses are judged as for any host', async () => {
  const as = (token: string) => world.call('POST', PATH, { token, body: { kind: 'github-app' } })
  expect(await as(world.tokens.member)).toMatchObject({ status: 403 })
  expect(await as(world.tokens.stranger)).toMatchObject({ status: 404 })
  expect(await begin({ webUrl: 'ftp://x.example' })).toMatchObject({
    status: 400,
    body: { reason: 'url_refused' },
  })
  expect(await begin({ gitHubOrganization: 'a/b' })).toMatchObject({ status: 400 })
  expect(await world.call('GET', PATH)).toMatchObject({
    status: 404,
    body: { reason: 'registration_not_found' },
  })
})
