import { lookup } from 'node:dns/promises'
import { createServer as createTlsServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { certificateOfNobody } from '../../../../test/harness/other-issuer.ts'
import { type Receiver, startReceiver } from '../../../../test/harness/receiver.ts'
import { documentFetcher, type FetchServices, MOST_DOCUMENT_BYTES } from './fetch-document.ts'

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver.close())
beforeEach(() => {
  receiver.received.length = 0
  receiver.answer = (_one, response) => void response.writeHead(200).end('{"a":1}')
})

const services: FetchServices = {
  allowPrivate: true,
  lookup: (name) => lookup(name, { all: true }),
  ownAddresses: () => [],
}
const get = (url: string, more: Partial<FetchServices> = {}, thumbprints: readonly string[] = []) =>
  documentFetcher({ ...services, ...more })(url, thumbprints)
const named =
  (...addresses: readonly string[]) =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
const PRIVATE = /not on the public internet.*--allow-private-oidc-issuers/

test('one JSON document comes back', async () => {
  expect(await get(receiver.url)).toEqual({ json: { a: 1 }, thumbprint: undefined })
  expect(receiver.received[0]?.headers).toMatchObject({ accept: 'application/json', connection: 'close' })
})

test.each([
  'https://127.0.0.1/',
  'https://localhost/',
  'https://db.internal/',
  'https://10.0.0.1/',
  'https://169.254.169.254/latest/meta-data',
  'https://[::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[fd00:ec2::254]/',
  'https://2130706433/',
])('%s is not asked, unless the operator allows it', async (url) => {
  await expect(get(url, { allowPrivate: false })).rejects.toThrow(PRIVATE)
})

test.each([['127.0.0.1'], ['1.1.1.1', '10.0.0.1'], ['::ffff:127.0.0.1'], ['203.0.113.7']])(
  'a name that leads to %s is not asked',
  async (...addresses) => {
    const url = `https://issuer.example:${receiver.port}/`
    const own = { ownAddresses: () => ['1.1.1.1'] }
    await expect(get(url, { allowPrivate: false, lookup: named(...addresses) })).rejects.toThrow(PRIVATE)
    await expect(get(url, { allowPrivate: false, lookup: named('1.1.1.1'), ...own })).rejects.toThrow(PRIVATE)
    expect(receiver.received).toEqual([])
  },
)

test('a name is looked up once: what it answers afterwards gains nothing', async () => {
  let asked = 0
  const rebinding = async () => {
    asked += 1
    return (await named(asked === 1 ? '127.0.0.1' : '10.9.9.9')()) ?? []
  }
  const url = `http://issuer.example:${receiver.port}/`
  expect(await get(url, { lookup: rebinding })).toMatchObject({ json: { a: 1 } })
  expect(asked).toBe(1)
  expect(receiver.received[0]?.headers.host).toBe(`issuer.example:${receiver.port}`)
})

test('http is for private addresses alone, and only where they are allowed', async () => {
  await expect(get(receiver.url, { allowPrivate: false })).rejects.toThrow('It must be an https URL.')
  await expect(get('http://1.1.1.1/')).rejects.toThrow('on the internet it must be an https URL')
  await expect(get('http://a.example/', { lookup: named('1.1.1.1') })).rejects.toThrow('must be an https URL')
})

test.each(['ftp://a.example/', 'file:///etc/passwd', 'a', '', 'https://u:p@a.example/'])(
  '%j is no URL to fetch',
  async (url) => {
    await expect(get(url)).rejects.toThrow('It is not an https URL.')
  },
)

test('ports of other services are not asked', async () => {
  for (const port of [22, 25, 445])
    await expect(get(`https://a.example:${port}/`)).rejects.toThrow('Its port')
})

test('a redirect is not followed', async () => {
  const inside = await startReceiver()
  for (const status of [301, 302, 303, 307, 308]) {
    receiver.answer = (_one, response) => void response.writeHead(status, { location: inside.url }).end('{}')
    await expect(get(receiver.url)).rejects.toThrow(`It answers ${status}`)
  }
  expect(inside.received).toEqual([])
  await inside.close()
})

test('what is too long, too late, cut off or no JSON is refused', async () => {
  receiver.answer = (_one, response) => void response.end(`"${'x'.repeat(MOST_DOCUMENT_BYTES)}"`)
  await expect(get(receiver.url)).rejects.toThrow('It is longer than')

  receiver.answer = () => {}
  await expect(get(receiver.url, { timeoutMs: 50 })).rejects.toThrow('It does not answer in time.')

  receiver.answer = (_one, response) => void response.writeHead(200).write('{"a":')
  await expect(get(receiver.url, { timeoutMs: 50 })).rejects.toThrow('It does not answer in time.')

  receiver.answer = (_one, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"a":')
    setImmediate(() => response.destroy())
  }
  await expect(get(receiver.url)).rejects.toThrow('It cannot be reached.')

  receiver.answer = (_one, response) => void response.end('<html>')
  await expect(get(receiver.url)).rejects.toThrow('It is not JSON.')

  receiver.answer = (_one, response) => void response.writeHead(404).end('{}')
  await expect(get(receiver.url)).rejects.toThrow('It answers 404')
})

test('an answer without end is left', async () => {
  let isClosed = false
  receiver.answer = (_one, response) => {
    response.writeHead(200)
    const more = setInterval(() => response.write(' '.repeat(64 * 1024)), 1)
    response.once('close', () => {
      isClosed = true
      clearInterval(more)
    })
  }
  await expect(get(receiver.url)).rejects.toThrow('It is longer than')
  await expect.poll(() => isClosed).toBe(true)
})

test('nobody there: the sentence names no address', async () => {
  const { port } = receiver
  await receiver.close()
  const failure = await get(`http://issuer.example:${port}/`, { lookup: named('127.0.0.1') }).catch(String)
  expect(failure).toBe('FetchRefused: It cannot be reached.')
  expect(await get('http://issuer.example/', { lookup: named() }).catch(String)).toMatch(/cannot be/)
  receiver = await startReceiver()
})

describe('over https', () => {
  let server: Server
  let url: string
  let ca: string
  beforeAll(async () => {
    const made = await certificateOfNobody()
    ca = made.certificate
    server = createTlsServer({ key: made.key, cert: made.certificate }, (_request, response) =>
      response.end('{"a":2}'),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  test('a certificate that nobody vouches for is not good, whatever is allowed', async () => {
    await expect(get(url)).rejects.toThrow(/^Its certificate is not good/)
  })

  test('with thumbprints, the server must show one of those certificates', async () => {
    const { json, thumbprint = '' } = await get(url, { ca })
    expect(json).toEqual({ a: 2 })
    expect(thumbprint).toMatch(/^[0-9a-f]{64}$/)
    expect(await get(url, { ca }, ['0'.repeat(64), thumbprint])).toMatchObject({ json: { a: 2 } })
    await expect(get(url, { ca }, ['0'.repeat(64)])).rejects.toThrow('none of the certificates')
    await expect(get(url, {}, [thumbprint])).rejects.toThrow(/^Its certificate is not good/)
  })

  test('over http there is no certificate to show', async () => {
    await expect(get(receiver.url, {}, ['0'.repeat(64)])).rejects.toThrow('none of the certificates')
  })
})
