/** The unmodified Pulumi CLI where things go wrong: two at once, a lease that ran out, a CLI that was killed. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../server/src/http/free-port.ts'
import { type HeldRequest, type HoldingProxy, holdingProxy } from './harness/hold.ts'
import { type PulumiUser, pulumiUser } from './harness/pulumi.ts'
import { startServer, type TestServer } from './harness/server.ts'

const RESOURCES = 4
const PROGRAM = `
name: web
runtime: yaml
resources:
${Array.from(
  { length: RESOURCES },
  (_, index) => `
  stash${index}:
    type: pulumi:index:Stash
    properties: { input: value${index} }
    options: { ${index === 0 ? '' : `dependsOn: ["\${stash${index - 1}}"]`} }`,
).join('')}
outputs:
  last: \${stash${RESOURCES - 1}.output}
`

let proxy: HoldingProxy
let server: TestServer
let user: PulumiUser
let colleague: PulumiUser
let stackNumber = 0
let stack: string

beforeAll(async () => {
  proxy = await holdingProxy()
  const port = await freePort('127.0.0.1')
  server = await startServer({ flags: ['--port', String(port), '--base-url', proxy.url] })
  proxy.forwardTo(`http://127.0.0.1:${port}`)
  ;[user, colleague] = await Promise.all([loggedIn(), loggedIn()])
})
afterAll(async () => {
  await Promise.all([user.remove(), colleague.remove()])
  await proxy.close()
  expect(await server.stop()).toBe(0)
})

beforeEach(async () => {
  stackNumber += 1
  stack = `main/web/s${stackNumber}`
  await user.ok('stack', 'init', stack, '--no-select')
})
afterEach(async () => {
  const { body } = await server.call('GET', `/api/stacks/${stack}`)
  expect(body.currentOperation).toBeUndefined()
})

test('a second up is told who holds the stack, and a preview is not kept waiting', async () => {
  const held = holdEntries(2)
  const first = user.start('up', '--yes', '--skip-preview', '--stack', stack)
  await held.arrived

  const second = await colleague.run('up', '--yes', '--skip-preview', '--stack', stack)
  expect(second.code).not.toBe(0)
  expect(second.output).toContain('[409] Conflict: Another update is currently in progress.')
  expect(second.output).toMatch(/admin has held this stack with "update" since 20/)
  const answer = await open(stack, 'update')
  expect(answer.body.message).toMatch(
    /^Conflict: Another update is currently in progress\. admin has held this stack with "update" since 20\d\d-/,
  )
  expect((await colleague.ok('preview', '--stack', stack)).stdout).toContain('to create')
  const { body } = await server.call('GET', `/api/stacks/${stack}`)
  expect(body).toMatchObject({ currentOperation: { kind: 'update', author: 'admin' }, version: 1 })

  held.release()
  expect(await first.outcome).toMatchObject({ code: 0 })
  await colleague.ok('up', '--yes', '--skip-preview', '--stack', stack)
})

test('a CLI that is killed in the middle: cancel and up again go on from what was acknowledged', async () => {
  const held = holdEntries(4)
  const first = user.start('up', '--yes', '--skip-preview', '--stack', stack)
  await held.arrived
  first.kill()
  expect(await first.outcome).toMatchObject({ code: null })
  held.release()

  expect((await user.run('up', '--yes', '--skip-preview', '--stack', stack)).output).toContain(
    '[409] Conflict',
  )
  expect((await user.ok('cancel', '--yes', '--stack', stack)).output).toContain('has been canceled')
  const saved = await server.call('GET', `/api/stacks/${stack}/export`)
  expect(saved.body.deployment.resources.length).toBeGreaterThan(0)

  await user.ok('up', '--yes', '--skip-preview', '--stack', stack)
  await user.ok('preview', '--expect-no-changes', '--stack', stack)
  const history = JSON.parse((await user.ok('stack', 'history', '--json', '--stack', stack)).stdout)
  expect(history.map(({ result }: { result: string }) => result)).toEqual(['succeeded', 'failed'])
})

test('a lease that ran out frees the stack, and its CLI can write nothing more', async () => {
  const held = holdEntries(2)
  const first = user.start('up', '--yes', '--skip-preview', '--stack', stack)
  await held.arrived
  await server.database?.db.query("update updates set lease_until = now() where status = 'running'")

  await colleague.ok('up', '--yes', '--skip-preview', '--stack', stack)
  const before = (await server.call('GET', `/api/stacks/${stack}/export`)).body
  held.release()
  const late = await first.outcome
  expect(late.code).not.toBe(0)
  expect(late.output).toContain('this update can write no more')
  expect(late.output).not.toMatch(/logg(?:ed|ing) in/)
  expect((await server.call('GET', `/api/stacks/${stack}/export`)).body).toEqual(before)
  await colleague.ok('preview', '--expect-no-changes', '--stack', stack)
})

test('cancel from elsewhere stops a running CLI at its next write', async () => {
  const held = holdEntries(2)
  const first = user.start('up', '--yes', '--skip-preview', '--stack', stack)
  await held.arrived
  await colleague.ok('cancel', '--yes', '--stack', stack)
  held.release()
  const stopped = await first.outcome
  expect(stopped.code).not.toBe(0)
  expect(stopped.output).toContain('the update was cancelled')
})

async function loggedIn(): Promise<PulumiUser> {
  const one = await pulumiUser({ PULUMI_ACCESS_TOKEN: server.adminToken })
  await one.writeProgram(PROGRAM)
  await one.ok('login', proxy.url)
  return one
}

/** @param count Which one, counted from 1: the ones before pass. */
function holdEntries(count: number): HeldRequest {
  let seen = 0
  return proxy.holdNext((method, path) => {
    if (method !== 'PATCH' || !path.endsWith('/journalentries')) return false
    seen += 1
    return seen === count
  })
}

async function open(name: string, kind: string): ReturnType<TestServer['call']> {
  const { body } = await server.call('POST', `/api/stacks/${name}/${kind}`, {})
  return server.call('POST', `/api/stacks/${name}/${kind}/${body.updateID}`, {})
}
