import { lookup } from 'node:dns/promises'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Receiver, startReceiver } from '../../../test/harness/receiver.ts'
import { createPost, type PostServices, whyNotPosted } from './post.ts'

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver.close())
beforeEach(() => {
  receiver.received.length = 0
  receiver.answer = (_one, response) => void response.writeHead(204).end()
})

const services: PostServices = {
  allowPrivate: true,
  lookup: (name) => lookup(name, { all: true }),
  ownAddresses: () => [],
  timeoutMs: 5_000,
}
const message = { headers: { 'X-One': '1' }, body: Buffer.from('{"a":"é"}') }
const send = (url: string, more: Partial<PostServices> = {}) =>
  createPost({ ...services, ...more })({ ...message, url })
const named = (addresses: readonly string[]) => async () =>
  addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))

test('what is posted arrives byte for byte, and the answer comes back', async () => {
  receiver.answer = (_one, response) =>
    void response.writeHead(201, { 'x-own': 'yes', 'set-cookie': 'session=secret' }).end('made\0it')
  const outcome = await send(`${receiver.url}/hook?x=1`)
  expect(receiver.received[0]).toMatchObject({ path: '/hook?x=1', headers: { 'x-one': '1' } })
  expect(receiver.received[0]?.body).toEqual(message.body)
  expect(outcome).toMatchObject({ kind: 'answered', status: 201, body: 'madeit' })
  expect(outcome).toHaveProperty('headers', expect.stringMatching(/x-own: yes\nset-cookie: \[blotted\]/))
})

test('a redirect to an internal address is an answer, and nobody goes there', async () => {
  const inside = await startReceiver()
  receiver.answer = (_one, response) =>
    void response.writeHead(307, { location: `${inside.url}/admin` }).end()
  expect(await send(receiver.url)).toMatchObject({ kind: 'answered', status: 307 })
  expect(inside.received).toEqual([])
  await inside.close()
})

test('an answer without end is read as far as it is kept', async () => {
  let closed = false
  receiver.answer = (_one, response) => {
    response.writeHead(200)
    const more = setInterval(() => response.write('x'.repeat(4096)), 1)
    response.once('close', () => {
      closed = true
      clearInterval(more)
    })
  }
  const outcome = await send(receiver.url)
  expect(outcome).toMatchObject({ kind: 'answered', status: 200, body: 'x'.repeat(8192) })
  await expect.poll(() => closed).toBe(true)
})

test('one that hangs, or answers a byte at a time, is given up in time', async () => {
  receiver.answer = () => {}
  const late = { kind: 'failed', final: false, sentence: 'There was no answer within 0.3 seconds.' }
  expect(await send(receiver.url, { timeoutMs: 300 })).toEqual(late)
  receiver.answer = (_one, response) => {
    response.writeHead(200)
    const drip = setInterval(() => response.write('.'), 20)
    response.once('close', () => clearInterval(drip))
  }
  expect(await send(receiver.url, { timeoutMs: 300 })).toEqual(late)
})

test('a broken answer is a failure with a sentence', async () => {
  receiver.answer = (_one, response) => void response.destroy()
  expect(await send(receiver.url)).toMatchObject({ kind: 'failed', final: false })
  receiver.answer = (_one, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('half', () => response.destroy())
  }
  expect(await send(receiver.url)).toMatchObject({ kind: 'failed', final: false })
  const none = await startReceiver()
  await none.close()
  expect(await send(none.url)).toEqual({
    kind: 'failed',
    final: false,
    sentence: 'The receiver refused the connection.',
  })
  expect(await send('http://no-such-name.invalid/')).toMatchObject({ kind: 'failed', final: false })
})

test('an abort gives up at once', async () => {
  receiver.answer = () => {}
  const stop = new AbortController()
  const outcome = createPost(services)({ ...message, url: receiver.url, signal: stop.signal })
  await expect.poll(() => receiver.received.length).toBe(1)
  stop.abort()
  expect(await outcome).toEqual({ kind: 'aborted' })
})

test.each([
  ['a private one', ['10.0.0.1']],
  ['a public and a private one', ['1.1.1.1', '127.0.0.1']],
  ['a mapped one', ['::ffff:127.0.0.1']],
])('a name with %s is refused before anything is sent, and no address is told', async (_what, addresses) => {
  const outcome = await send(`http://hooks.example.com:${receiver.port}/`, {
    allowPrivate: false,
    lookup: named(addresses),
  })
  expect(outcome).toMatchObject({ kind: 'failed', final: true })
  expect(JSON.stringify(outcome)).not.toMatch(/10\.0|127\.0|1\.1/)
  expect(receiver.received).toEqual([])
})

test('an address of this machine is refused although it is public, by name and as it is', async () => {
  const more = { allowPrivate: false, lookup: named(['1.1.1.1']), ownAddresses: () => ['1.1.1.1'] }
  expect(await send('http://hooks.example.com/', more)).toMatchObject({ kind: 'failed', final: true })
  expect(await send('http://1.1.1.1/', more)).toMatchObject({ kind: 'failed', final: true })
})

test('the connection goes to the address that was checked: the name is looked up once', async () => {
  let asked = 0
  const rebinding = async () => {
    asked += 1
    return [{ address: asked === 1 ? '127.0.0.1' : '192.0.2.1', family: 4 }]
  }
  const outcome = await send(`http://rebinding.example.com:${receiver.port}/`, { lookup: rebinding })
  expect(outcome).toMatchObject({ kind: 'answered', status: 204 })
  expect(asked).toBe(1)
  expect(receiver.received[0]?.headers.host).toBe(`rebinding.example.com:${receiver.port}`)
})

test('an address in the URL is judged before it is reached, and so is its scheme', async () => {
  const url = `http://127.0.0.1:${receiver.port}/`
  expect(await send(url, { allowPrivate: false })).toMatchObject({ kind: 'failed', final: true })
  expect(await send('file:///etc/passwd')).toMatchObject({ kind: 'failed', final: true })
})

test.each([
  ['http://localhost/x', false],
  ['http://db.internal/x', false],
  ['http://printer.local:8080/', false],
  ['http://127.1/', false],
  ['http://2130706433/', false],
  ['http://0x7f.0.0.1/', false],
  ['http://[::ffff:10.0.0.1]/', false],
  ['http://169.254.169.254/latest/meta-data', false],
  ['https://hooks.example.com:25/', false],
  ['https://hooks.example.com:8443/', true],
  ['https://localhost.example.com/', true],
  ['http://1.1.1.1/', true],
])('the URL %s is taken: %s', (url, taken) => {
  expect(whyNotPosted(new URL(url), false) === undefined).toBe(taken)
})
