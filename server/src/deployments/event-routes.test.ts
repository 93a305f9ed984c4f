import { afterEach, beforeEach, expect, test } from 'vitest'
import { type EventReader, openEvents } from '../../../test/harness/events.ts'
import { createWorld, GIT, type World } from '../../../test/harness/world.ts'

let world: World
let base: string
const readers: EventReader[] = []

beforeEach(async () => {
  world = await createWorld()
  await world.addStack('dev')
  base = await world.app.listen({ host: '127.0.0.1', port: 0 })
})
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close()
  await world.close()
})

async function open(token: string): Promise<EventReader> {
  const url = `${base}/api/daypass/orgs/acme/events`
  const reader = await openEvents(url, { authorization: `token ${token}` })
  readers.push(reader)
  return reader
}
const deploy = async () =>
  (
    await world.call('POST', '/api/stacks/acme/web/dev/deployments', {
      body: { operation: 'update', sourceContext: { git: GIT } },
    })
  ).body.id as string

test('a deployment that is new, and each of its moves, are told', async () => {
  const reader = await open(world.tokens.member)
  // Also again after listening has begun: what came before is not known.
  expect((await reader.next())?.data).toEqual({ what: 'everything' })
  const id = await deploy()
  const told = async (status: string) => {
    for (;;) {
      const event = await reader.next()
      if (event?.data.what !== 'everything' || event === undefined) {
        expect(event).toMatchObject({
          event: 'changed',
          data: { what: 'deployment', stack: 'web/dev', deploymentId: id, version: 1, status },
        })
        return
      }
    }
  }
  await told('not-started')
  const claim = await world.claim()
  await told('accepted')
  await world.job('POST', '/api/daypass/job/start', claim?.jobToken ?? '', {})
  await told('running')
  await world.job('POST', '/api/daypass/job/finish', claim?.jobToken ?? '', {
    result: 'succeeded',
    failure: null,
  })
  await told('succeeded')
})

test('nothing is told of stacks that one may not read, nor to who does not belong', async () => {
  await world.call('PATCH', '/api/orgs/acme', { body: { setDefaultStackPermission: 0 } })
  const admin = await open(world.tokens.admin)
  const member = await open(world.tokens.member)
  expect((await open(world.tokens.stranger)).status).toBe(404)
  await deploy()
  for (;;) {
    const event = await admin.next()
    if (event?.data.what === 'deployment') break
  }
  const seen: string[] = []
  const read = (async () => {
    for (let one = await member.next(); one; one = await member.next()) seen.push(one.data.what)
  })()
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  await world.app.close()
  await read
  expect(seen).toContain('everything')
  expect(seen).not.toContain('deployment')
})
