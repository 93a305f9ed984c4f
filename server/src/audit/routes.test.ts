import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWorld, type World } from '../../../test/harness/world.ts'
import { recordAudit } from './audit.ts'

let world: World
beforeAll(async () => {
  world = await createWorld()
  await world.db.query("update users set site_admin = true where login = 'stranger'")
})
afterAll(() => world.close())

const T0 = Date.parse('2026-03-01T00:00:00Z') / 1000

/** Entry n is n minutes after T0. */
async function record(
  entries: readonly { actor?: string; action?: string; target?: string; details?: object }[],
) {
  await world.db.query('delete from audit_log')
  for (const [
    index,
    { actor = 'user:admin', action = 'stack.created', target = `t${index}`, details },
  ] of entries.entries()) {
    const organizationId = world.organizationIds.acme
    await recordAudit(world.db, { organizationId, actor, action, target, details: { ...details } })
  }
  await world.db.query(
    `update audit_log a set at = to_timestamp($1) + (n.n - 1) * interval '1 minute'
       from (select seq, row_number() over (order by seq) as n from audit_log) n where n.seq = a.seq`,
    [T0],
  )
}

const LOG = '/api/orgs/acme/auditlogs'

async function targets(path: string): Promise<string[]> {
  const { status, body } = await world.call('GET', path)
  expect(status, JSON.stringify(body)).toBe(200)
  return body.auditLogEvents.map((event: { details: { target: string } }) => event.details.target)
}

/** The text of a file, as it comes over the wire. */
async function download(path: string, token = world.tokens.admin) {
  const answer = await world.app.inject({ url: path, headers: { authorization: `token ${token}` } })
  return { status: answer.statusCode, headers: answer.headers, text: answer.payload }
}

test('an event names who did what, in the fields that clients insist on', async () => {
  await record([{ action: 'stack.renamed', target: 'web/dev', details: { before: 'web/old' } }])
  const { body } = await world.call('GET', LOG)
  expect(body).toEqual({
    auditLogEvents: [
      {
        timestamp: T0,
        sourceIP: '',
        event: 'stack.renamed',
        description: 'Stack renamed: web/dev',
        user: { name: 'ADMIN', githubLogin: 'admin', avatarUrl: '', email: 'admin@example.com' },
        actorName: 'user:admin',
        details: { target: 'web/dev', before: 'web/old' },
      },
    ],
  })
})

test('an actor that is no person, or nobody any more, is named as it was recorded', async () => {
  const id = '11111111-2222-3333-4444-555555555555'
  await record([{ actor: `deployment:${id}` }, { actor: 'daypass' }, { actor: 'user:gone' }])
  const { body } = await world.call('GET', LOG)
  expect(body.auditLogEvents.map((event: { user: object }) => event.user)).toEqual([
    { name: 'gone', githubLogin: 'gone', avatarUrl: '' },
    { name: 'daypass', githubLogin: 'daypass', avatarUrl: '' },
    { name: `deployment:${id}`, githubLogin: `deployment:${id}`, avatarUrl: '' },
  ])
})

test('pages follow one another to the end, and nothing stands in two', async () => {
  await record(Array.from({ length: 250 }, () => ({})))
  // Many at one instant, as a transaction writes them.
  await world.db.query(
    "update audit_log set at = to_timestamp($1) where at < to_timestamp($1) + interval '120 minutes'",
    [T0],
  )
  const seen: string[] = []
  let token: string | undefined
  do {
    const { body } = await world.call('GET', `${LOG}?continuationToken=${token ?? ''}`)
    expect(body.auditLogEvents.length).toBeLessThanOrEqual(100)
    seen.push(...body.auditLogEvents.map((event: { details: { target: string } }) => event.details.target))
    token = body.continuationToken
  } while (token !== undefined)
  expect(seen).toEqual(Array.from({ length: 250 }, (_, index) => `t${249 - index}`))
})

test('times, kinds and people narrow it, in both forms', async () => {
  await record([
    {},
    { action: 'stack.deleted' },
    { actor: 'user:member' },
    { actor: 'deployment:x', action: 'secret.opened' },
    {},
  ])
  const minute = (n: number): number => T0 + 60 * n
  expect(await targets(LOG)).toEqual(['t4', 't3', 't2', 't1', 't0'])
  expect(await targets(`${LOG}?startTime=${minute(2)}`)).toEqual(['t2', 't1', 't0'])
  expect(await targets(`${LOG}?startTime=0`)).toHaveLength(5)
  expect(await targets(`${LOG}/v2?startTime=${minute(1)}&endTime=${minute(3)}`)).toEqual(['t3', 't2', 't1'])
  expect(await targets(`${LOG}/v2?startTime=${minute(4)}`)).toEqual(['t4'])
  expect(await targets(`${LOG}?eventFilter=stack.deleted`)).toEqual(['t1'])
  expect(await targets(`${LOG}?eventType=stack.deleted&startTime=${minute(0)}`)).toEqual([])
  expect(await targets(`${LOG}?user=member`)).toEqual(['t2'])
  expect(await targets(`${LOG}/v2?userFilter=deployment:x&eventFilter=&continuationToken=`)).toEqual(['t3'])
  expect(await targets(`${LOG}?user=nobody`)).toEqual([])
})

test('a second holds all of it', async () => {
  await record([{}])
  await world.db.query("update audit_log set at = at + interval '999999 microseconds'")
  expect(await targets(`${LOG}?startTime=${T0}`)).toEqual(['t0'])
  expect(await targets(`${LOG}?startTime=${T0 - 1}`)).toEqual([])
})

test('the kinds of events are those that are there', async () => {
  await record([{ action: 'team.created' }, { action: 'stack.created' }, { action: 'stack.created' }])
  const { body } = await world.call('GET', `${LOG}/event-types`)
  expect(
    body.eventTypes.map(({ event, displayName }: Record<string, string>) => [event, displayName]),
  ).toEqual([
    ['stack.created', 'Stack created'],
    ['team.created', 'Team created'],
  ])
})

test('what is bad is refused, and names the field', async () => {
  for (const query of [
    'startTime=yesterday',
    'startTime=-1',
    'continuationToken=x',
    `user=${'x'.repeat(201)}`,
  ]) {
    const answer = await world.call('GET', `${LOG}?${query}`)
    expect(answer, query).toMatchObject({ status: 400, body: { code: 400, reason: 'invalid_request' } })
    expect(answer.body.message).toContain(query.split('=')[0])
  }
  expect((await world.call('GET', `${LOG}/export?format=xml`)).status).toBe(400)
})

const PATHS = ['', '/v2', '/export', '/v2/export', '/event-types']

test.each(PATHS)('an organization’s log %s is for its admins alone', async (path) => {
  const member = await world.call('GET', LOG + path, { token: world.tokens.member })
  expect(member).toMatchObject({ status: 403, body: { reason: 'organization_admin_only' } })
  // Not even for an admin of the installation.
  const stranger = await world.call('GET', LOG + path, { token: world.tokens.stranger })
  expect(stranger).toMatchObject({ status: 404, body: { reason: 'organization_not_found' } })
  expect((await world.call('GET', LOG + path, { token: null })).status).toBe(401)
})

test.each(PATHS)('the log of the installation %s is for its admins alone', async (path) => {
  await record([])
  await recordAudit(world.db, {
    organizationId: null,
    actor: 'daypass',
    action: 'backup.made',
    target: 'all',
  })
  const refused = await world.call('GET', `/api/daypass/auditlogs${path}`)
  expect(refused).toMatchObject({ status: 403, body: { reason: 'site_admin_only' } })
  const { status, text } = await download(`/api/daypass/auditlogs${path}`, world.tokens.stranger)
  expect(status).toBe(200)
  expect(text).toContain('backup.made')
})

test('one organization reads nothing of another', async () => {
  await record([{}])
  await recordAudit(world.db, {
    organizationId: world.organizationIds.other,
    actor: 'user:stranger',
    action: 'stack.created',
    target: 'theirs',
  })
  expect(await targets(LOG)).toEqual(['t0'])
  const { rows } = await world.db.query<{ seq: number }>("select seq from audit_log where target = 'theirs'")
  expect(await targets(`${LOG}?continuationToken=${rows[0]?.seq}`)).toEqual(['t0'])
})

test('CSV: a header, a row for each, and no formulas', async () => {
  await record([
    { target: '=cmd()', details: { note: 'a "b", c' } },
    { actor: 'user:member', target: '-1' },
  ])
  const { headers, text } = await download(`${LOG}/export?format=csv`)
  expect(headers).toMatchObject({
    'content-type': 'text/csv; charset=utf-8',
    'content-disposition': 'attachment; filename="audit-log-acme.csv"',
  })
  expect(text.split('\r\n')).toEqual([
    'timestamp,event,description,user,name,actor,sourceIP,details',
    '2026-03-01T00:01:00Z,stack.created,Stack created: -1,member,MEMBER,user:member,,"{""target"":""-1""}"',
    '2026-03-01T00:00:00Z,stack.created,Stack created: =cmd(),admin,ADMIN,user:admin,,"{""target"":""=cmd()"",""note"":""a \\""b\\"", c""}"',
    '',
  ])
})

test('CEF: one line each, whatever stands in it', async () => {
  await record([{ target: 'a|b\\c=d\nCEF:0|forged' }])
  const { headers, text } = await download(`${LOG}/export?format=cef`)
  expect(headers['content-type']).toBe('text/plain; charset=utf-8')
  expect(text).toBe(
    'CEF:0|Daypass|Daypass|1|stack.created|Stack created|3|rt=1772323200000 suser=admin ' +
      'msg=Stack created: a|b\\\\c\\=d\\nCEF:0|forged cs1Label=actor cs1=user:admin ' +
      'cs2Label=details cs2={"target":"a|b\\\\\\\\c\\=d\\\\nCEF:0|forged"}\n',
  )
})

test('JSON lines: the same events as the list, all of them, filtered like it', async () => {
  await record(Array.from({ length: 1_203 }, (_, index) => ({ action: index % 3 ? 'a.b' : 'stack.created' })))
  const { text } = await download(`${LOG}/export?format=jsonl`)
  const events = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events.map(({ details }) => details.target)).toEqual(
    Array.from({ length: 1_203 }, (_, index) => `t${1_202 - index}`),
  )
  expect(events.slice(0, 100)).toEqual((await world.call('GET', LOG)).body.auditLogEvents)
  const filtered = await download(
    `${LOG}/v2/export?format=jsonl&eventFilter=stack.created&endTime=${T0 + 60 * 600}`,
  )
  expect(filtered.text.trimEnd().split('\n')).toHaveLength(201)
})
