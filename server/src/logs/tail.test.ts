import { randomUUID } from 'node:crypto'
import { DeploymentLogs, DeploymentLogsStep, type LogEntry } from '@daypass/contract/deployments.ts'
import { Value } from 'typebox/value'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, seeRunners, type World } from '../../../test/harness/world.ts'
import { appendLines, closeLog, writeStep } from './append.ts'
import { LARGEST_LOG_BYTES } from './log.ts'

let world: World
let serial = 0
let stack = ''
let id = ''
const NOW = new Date('2030-01-01T00:00:00Z')
const AT = NOW.toISOString()

beforeAll(async () => {
  world = await createWorld()
  // What it waits for is said to followers, unless it is only a moment: pause-routes.test has that.
  await seeRunners(world)
})
afterAll(() => world.close())
beforeEach(async () => {
  await world.database.db.query('delete from stacks')
  serial += 1
  stack = `l${serial}`
  await world.addStack(stack)
  const body = { operation: 'update', sourceContext: { git: GIT } }
  id = (await world.call('POST', path(), { body })).body.id
})

const path = (): string => `/api/stacks/acme/web/${stack}/deployments`
const get = (query = '') => world.call('GET', `${path()}/${id}/logs${query}`)
const tail = async (token?: string): Promise<{ lines: LogEntry[]; nextToken?: string }> => {
  const answer = await get(token === undefined ? '' : `?continuationToken=${token}`)
  expect(Value.Errors(DeploymentLogs, answer.body)).toEqual([])
  return answer.body
}
const step = (n: number, name: string, status: 'running' | 'succeeded' | 'failed' = 'running') =>
  writeStep(world.database.db, id, { step: n, name, status }, { notes: [], now: NOW })
const write = (n: number, offset: number, texts: readonly string[]) =>
  appendLines(
    world.database.db,
    id,
    { step: n, offset, lines: texts.map((line) => ({ timestamp: AT, line })) },
    (json) => json,
  )
const end = async (): Promise<void> => {
  await closeLog(world.database.db, id, { status: 'failed', sentence: null, now: NOW })
  await world.database.db.query(
    "update deployments set status = 'failed', ended_at = now(), lease_until = null where id = $1",
    [id],
  )
}
const text = ({ header, line }: LogEntry): string => (header === undefined ? (line ?? '') : `# ${header}\n`)
/** Follows as the CLI does, until the token ends or stays. */
async function follow(from?: string): Promise<{ seen: string[]; token: string | undefined }> {
  const seen: string[] = []
  let token = from
  for (;;) {
    const page = await tail(token)
    seen.push(...page.lines.map(text))
    if (page.nextToken === undefined || page.nextToken === token) return { seen, token: page.nextToken }
    token = page.nextToken
  }
}

test('before anything is written there is a token and no line', async () => {
  expect(await tail()).toEqual({ __type: 'DeploymentLogs', lines: [], nextToken: '0-0-0' })
  expect(await tail('0-0-0')).toEqual({ __type: 'DeploymentLogs', lines: [], nextToken: '0-0-0' })
})

test('a follower sees each entry once, whenever it looks', async () => {
  const first = await follow()
  await step(0, 'Setup')
  await write(0, 0, ['a\n'])
  const second = await follow(first.token)
  await write(0, 1, ['b\n', 'c\n'])
  await step(0, 'Setup', 'succeeded')
  await step(1, 'Get source')
  const third = await follow(second.token)
  await write(1, 0, ['d\n'])
  await end()
  const last = await follow(third.token)
  expect([...first.seen, ...second.seen, ...third.seen, ...last.seen]).toEqual([
    '# Setup\n',
    'a\n',
    'b\n',
    'c\n',
    '# Get source\n',
    'd\n',
  ])
  expect(last.token).toBeUndefined()
  expect((await follow()).seen).toHaveLength(6)
})

test('a follower stays at a step that has not ended, although the next one has begun', async () => {
  await step(0, 'One')
  await write(0, 0, ['a\n'])
  await step(1, 'Two')
  const first = await follow()
  expect(first.seen).toEqual(['# One\n', 'a\n'])
  await write(0, 1, ['late\n'])
  await step(0, 'One', 'succeeded')
  expect((await follow(first.token)).seen).toEqual(['late\n', '# Two\n'])
})

test('a step without a line has its header all the same', async () => {
  await step(0, 'Empty', 'succeeded')
  await step(1, 'Also empty', 'succeeded')
  await end()
  expect(await follow()).toEqual({ seen: ['# Empty\n', '# Also empty\n'], token: undefined })
})

test('many steps come in pages too', async () => {
  for (let n = 0; n < 230; n += 1) await step(n, `Step ${n}`, 'succeeded')
  await end()
  const { seen, token } = await follow()
  expect(seen).toEqual(Array.from({ length: 230 }, (_, n) => `# Step ${n}\n`))
  expect(token).toBeUndefined()
})

test('a long log comes in pages of at most 1000 lines', async () => {
  await step(0, 'Setup')
  const all = Array.from({ length: 2500 }, (_, n) => `${n}\n`)
  for (let n = 0; n < 2500; n += 500) await write(0, n, all.slice(n, n + 500))
  const page = await tail()
  expect(page.lines).toHaveLength(1001)
  await end()
  expect((await follow()).seen.slice(1)).toEqual(all)
  const middle = await tail('0-0-1234')
  expect(middle.lines[0]?.line).toBe('1233\n')
})

test('very long lines end a page early', async () => {
  await step(0, 'Setup')
  for (let n = 0; n < 30; n += 1) await write(0, n, [`${'x'.repeat(99_000)}\n`])
  const page = await tail()
  expect(page.lines.length).toBeLessThan(15)
  await end()
  expect((await follow()).seen).toHaveLength(31)
})

const addUpdate = (): Promise<unknown> =>
  world.database.db.query(
    `insert into updates (id, stack_id, kind, dry_run, status, deployment_id, program, config, metadata)
     select $1, stack_id, 'update', true, 'succeeded', id, '{}', '{}', '{}' from deployments where id = $2`,
    [randomUUID(), id],
  )

test('the header that makes the CLI leave the log comes when there is an update to follow', async () => {
  await step(0, 'Setup', 'succeeded')
  await step(1, 'pulumi update')
  await write(1, 0, ['working\n'])
  const held = await follow()
  expect(held.seen).toEqual(['# Setup\n'])
  await addUpdate()
  expect((await follow(held.token)).seen).toEqual(['# pulumi update\n', 'working\n'])
})

test('without an update the CLI is told what happened, in the log', async () => {
  await step(0, 'pulumi update')
  await write(0, 0, ['error: no such thing\n'])
  await step(0, 'pulumi update', 'failed')
  await end()
  expect((await follow()).seen).toEqual([
    '# pulumi update (ended before it began an update)\n',
    'error: no such thing\n',
  ])
})

test('a log that is full says so once per step, and the job goes on', async () => {
  await step(0, 'Setup')
  await write(0, 0, ['a\n'])
  await world.database.db.query('update deployment_steps set byte_count = $1', [LARGEST_LOG_BYTES])
  expect(await write(0, 1, ['b\n', 'c\n'])).toEqual({ nextOffset: 3 })
  expect(await write(0, 3, ['d\n'])).toEqual({ nextOffset: 4 })
  expect(await write(0, 3, ['d\n'])).toEqual({ nextOffset: 4 })
  await step(0, 'Setup', 'succeeded')
  await step(1, 'Next')
  expect(await write(1, 0, ['e\n'])).toEqual({ nextOffset: 1 })
  await closeLog(world.database.db, id, { status: 'failed', sentence: 'The end.', now: NOW })
  await end()
  const full = expect.stringMatching(/64 MB/)
  expect((await follow()).seen).toEqual(['# Setup\n', 'a\n', full, '# Next\n', full, 'The end.\n'])
})

test('one step in pages', async () => {
  await step(0, 'Setup')
  await step(1, 'Get source')
  await write(
    1,
    0,
    Array.from({ length: 250 }, (_, n) => `${n}\n`),
  )
  const page = await get('?job=0&step=1')
  expect(Value.Errors(DeploymentLogsStep, page.body)).toEqual([])
  expect(page.body).toMatchObject({ __type: 'DeploymentLogsStep', name: 'Get source', nextOffset: 100 })
  expect(page.body.lines).toHaveLength(100)
  expect(page.body.lines[0]).toEqual({ timestamp: AT, line: '0\n' })
  const last = await get('?job=0&step=1&offset=200&count=499')
  expect(last.body.lines).toHaveLength(50)
  expect(last.body).not.toHaveProperty('nextOffset')
  expect((await get('?step=1&offset=9999')).body).toEqual({
    __type: 'DeploymentLogsStep',
    name: 'Get source',
    lines: [],
  })
  expect((await get('?job=0')).body.name).toBe('Setup')
  expect((await get('?job=0&step=2')).status).toBe(404)
})

test.each([
  'continuationToken=x',
  'continuationToken=0.2.1',
  'nextToken=9-9-9',
  'job=1',
  'job=-1',
  'step=-1',
  'step=x',
  'step=0&count=0',
  'step=0&count=500',
  'step=0&offset=-1',
])('?%s is a 400', async (query) => {
  await step(0, 'Setup')
  expect(await get(`?${query}`)).toMatchObject({ status: 400, body: { code: 400 } })
})

test('an empty token, and the older name of the parameter, are fine', async () => {
  await step(0, 'Setup')
  await write(0, 0, ['a\n'])
  expect((await get('?continuationToken=')).body.lines).toHaveLength(2)
  expect((await get('?nextToken=0-0-1')).body.lines).toHaveLength(1)
})
