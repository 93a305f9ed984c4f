import type { Claim } from '@daypass/contract/job-protocol.ts'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'

/** Longer than any test: who waits for it to pass has missed what it waited for. */
const FOLLOW_SECONDS = 600
const AT = '2030-01-01T00:00:00Z'
let world: World
let serial = 0
let path = ''
let job: Claim
beforeAll(async () => {
  world = await createWorld({ followSeconds: FOLLOW_SECONDS })
})
afterAll(() => world.close())
beforeEach(async () => {
  serial += 1
  await world.addStack(`f${serial}`)
  const deployments = `/api/stacks/acme/web/f${serial}/deployments`
  const body = { operation: 'update', sourceContext: { git: GIT } }
  path = `${deployments}/${(await world.call('POST', deployments, { body })).body.id}/logs`
  const claimed = await world.claim()
  if (!claimed) throw new Error('nothing claimed')
  job = claimed
  await say('start', {})
  await say('step', { step: 0, name: 'Setup', status: 'running' })
})

async function say(what: string, body: object): Promise<void> {
  const answer = await world.job('POST', `/api/daypass/job/${what}`, job.jobToken, body)
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
}
const write = (offset: number, line: string) =>
  say('log', { step: 0, offset, lines: [{ timestamp: AT, line }] })
const follow = async (token: string) => (await world.call('GET', `${path}?continuationToken=${token}`)).body

test('who has read all there is has the next line when it is written, and not before', async () => {
  await write(0, 'a\n')
  expect((await follow('0-0-1')).lines).toEqual([{ timestamp: AT, line: 'a\n' }])
  let answered = false
  const next = follow('0-0-2').finally(() => {
    answered = true
  })
  await new Promise((resolve) => setTimeout(resolve, 800))
  expect(answered).toBe(false)
  await write(1, 'b\n')
  expect(await next).toMatchObject({ lines: [{ timestamp: AT, line: 'b\n' }], nextToken: '0-0-3' })
})

test('a step that begins, and the end of the deployment, answer too', async () => {
  const header = follow('0-0-1')
  await say('step', { step: 0, name: 'Setup', status: 'succeeded' })
  await say('step', { step: 1, name: 'Get source', status: 'running' })
  expect((await header).lines).toEqual([{ header: 'Get source' }])
  const end = follow('0-1-1')
  await say('finish', { result: 'succeeded', failure: null })
  const last = await end
  expect(last.lines).toEqual([])
  expect(last).not.toHaveProperty('nextToken')
})

test('who waits before the first step has it when it begins', async () => {
  await world.addStack(`g${serial}`)
  const deployments = `/api/stacks/acme/web/g${serial}/deployments`
  const body = { operation: 'update', sourceContext: { git: GIT } }
  path = `${deployments}/${(await world.call('POST', deployments, { body })).body.id}/logs`
  const claimed = await world.claim()
  if (!claimed) throw new Error('nothing claimed')
  job = claimed
  const { nextToken } = (await world.call('GET', path)).body
  const next = follow(nextToken)
  await say('start', {})
  await say('step', { step: 0, name: 'Setup', status: 'running' })
  expect((await next).lines).toEqual([{ header: 'Setup' }])
})

test('the first look is answered at once, and so is a log that is over', async () => {
  expect((await world.call('GET', path)).body.nextToken).toBe('0-0-1')
  await say('finish', { result: 'failed', failure: { code: 'x', message: 'y' } })
  expect(await follow('0-0-1')).not.toHaveProperty('nextToken')
})

test('a server that closes answers who waits', async () => {
  const other = await createWorld({ followSeconds: FOLLOW_SECONDS })
  await other.addStack('closing')
  const deployments = '/api/stacks/acme/web/closing/deployments'
  const body = { operation: 'update', sourceContext: { git: GIT } }
  const { id } = (await other.call('POST', deployments, { body })).body
  const claimed = await other.claim()
  await other.job('POST', '/api/daypass/job/start', claimed?.jobToken ?? '', {})
  await other.job('POST', '/api/daypass/job/step', claimed?.jobToken ?? '', {
    step: 0,
    name: 'Setup',
    status: 'running',
  })
  const waiting = other.call('GET', `${deployments}/${id}/logs?continuationToken=0-0-1`)
  await new Promise((resolve) => setTimeout(resolve, 100))
  await other.close()
  expect((await waiting).body).toMatchObject({ lines: [], nextToken: '0-0-1' })
})
