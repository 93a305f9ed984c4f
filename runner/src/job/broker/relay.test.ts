import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmodSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { openRelayedBroker } from '../../../harness/relayed-broker.ts'

const BODY = { words: 'x'.repeat(100_000) }
const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
if (!isRoot) console.warn('Not tested: the broker and a stranger, because the tests do not run as root')

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket
      .resume()
      .on('error', () => undefined)
      .once('close', () => resolve())
  })
}

async function open(requestTimeoutMs = 10_000) {
  const relayed = await openRelayedBroker({
    routes: {
      'GET /thing': async () => ({ status: 200, body: BODY }),
      'GET /slow': () => new Promise(() => undefined),
    },
    randomBytes,
    report: (sentence) => {
      throw new Error(sentence)
    },
    requestTimeoutMs,
  })
  onTestFinished(() => relayed.close())
  const headers = { authorization: `Bearer ${relayed.requestToken}` }
  const ask = async (): Promise<unknown> => (await fetch(`${relayed.url}/thing`, { headers })).json()
  const dial = async (): Promise<Socket> => {
    const socket = connect(Number(new URL(relayed.url).port), '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    return socket
  }
  /** The first line of an answer; what is sent is no client's to tidy up. */
  const askRaw = async (target: string): Promise<string> => {
    const socket = await dial()
    socket.end(`GET ${target} HTTP/1.1\r\nHost: x\r\nAuthorization: ${headers.authorization}\r\n\r\n`)
    let answer = ''
    for await (const chunk of socket) answer += chunk
    return answer.split('\r\n', 1)[0] ?? ''
  }
  return { relayed, ask, askRaw, dial }
}

test('two hundred programs that ask at the same time all get the whole answer', async () => {
  const { ask } = await open()
  const answers = await Promise.all(Array.from({ length: 200 }, ask))
  expect(answers).toEqual(Array.from({ length: 200 }, () => BODY))
})

test('a client with a socket of the other family is of this user too', async () => {
  const { relayed, ask } = await open()
  await ask()
  const socket = connect(Number(new URL(relayed.url).port), '::ffff:127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.write('GET /thing HTTP/1.1\r\nHost: x\r\n\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 401 /)
})

test.each([
  '/x/../thing',
  '//thing',
  '/./thing',
  '/thing/..',
  'http://broker/thing',
  '/THING',
  '/thing%3f',
  '*',
  '/thing#x',
])('a path is taken as it stands, and %s is another one', async (target) => {
  const { askRaw } = await open()
  expect(await askRaw('/thing')).toBe('HTTP/1.1 200 OK')
  expect(await askRaw(target)).toMatch(/^HTTP\/1\.1 40[04] /)
})

test('programs that begin a request and never end it keep nobody from asking, and are cut off', async () => {
  const { ask, dial } = await open(400)
  const slow = await Promise.all(Array.from({ length: 150 }, dial))
  const ends = slow.map(closed)
  let at = 0
  const dribble = setInterval(() => {
    for (const socket of slow) if (socket.writable) socket.write('GET /thing HTTP/1.1\r\nx: y\r\n'[at] ?? 'y')
    at += 1
  }, 20)
  onTestFinished(() => clearInterval(dribble))
  expect(await ask()).toEqual(BODY)
  await Promise.all(ends)
  expect(await ask()).toEqual(BODY)
})

test('what a program leaves open is closed with the broker, and the relay goes on to refuse', async () => {
  const { relayed, dial, ask } = await open()
  const waits = await dial()
  waits.write('GET /slow HTTP/1.1\r\n')
  const end = closed(waits)
  await relayed.closeBroker()
  await end
  await expect(ask()).rejects.toThrow(/fetch failed/)
  expect(relayed.relay.exitCode).toBeNull()
})

test.skipIf(!isRoot)('another user of the machine reaches neither the socket nor the relay', async () => {
  const { relayed, ask } = await open()
  const { url, socketPath, requestToken } = relayed
  const script = `
    const { connect } = require('node:net')
    const [port, path] = process.argv.slice(1)
    const request = 'GET /thing HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: Bearer ${requestToken}\\r\\n\\r\\n'
    const tell = (name, socket) => {
      let got = ''
      socket.on('data', (data) => (got += data)).on('error', (error) => (got += error.code))
      socket.on('close', () => console.log(name, got)).end(request)
    }
    tell('relay', connect(Number(port), '127.0.0.1'))
    tell('socket', connect(path))`
  const asUser = async (uid: number): Promise<string> =>
    (await promisify(execFile)(process.execPath, ['-e', script, new URL(url).port, socketPath], { uid }))
      .stdout
  expect((await asUser(0)).match(/^(relay|socket) HTTP\/1\.1 200/gm)).toHaveLength(2)
  expect((await asUser(NOBODY)).split('\n').sort()).toEqual(['', 'relay ECONNRESET', 'socket EACCES'])
  // Not the folder alone keeps them away.
  chmodSync(dirname(socketPath), 0o755)
  expect(await asUser(NOBODY)).toContain('socket EACCES')
  expect(await ask()).toEqual(BODY)
})

test('the relay has no secret: not in its command line, its environment or its output', async () => {
  const { relayed, ask } = await open()
  await ask()
  const [words, variables] = ['cmdline', 'environ'].map((name) =>
    readFileSync(`/proc/${relayed.relay.pid}/${name}`, 'latin1'),
  )
  expect(words).toContain('relay.mjs')
  for (const text of [words, variables]) expect(text).not.toContain(relayed.requestToken)
})
