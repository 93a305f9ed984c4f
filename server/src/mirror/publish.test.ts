/** One attempt, over real HTTP: what is seen from outside decides, as far as it can be asked. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { HeldDocument, MirrorDocuments, Place } from './mirror.ts'
import { mirrorDocuments, mirrorState, nextLookSeconds, nextTrySeconds } from './mirror.ts'
import { publish } from './publish.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const documents: MirrorDocuments = mirrorDocuments(
  { jwks: () => ({ keys: [{ kid: 'a' }] }), discovery: () => ({ issuer: 'https://keys.example.com' }) },
  300,
)

/** @param answers What relying parties are answered, by path. */
async function outside(
  answers: (path: string) => { status?: number; body?: string | Buffer; cacheControl?: string },
): Promise<string> {
  const server = createServer((request, response) => {
    const { status = 200, body = '', cacheControl = 'public, max-age=300' } = answers(request.url ?? '')
    response.writeHead(status, { 'cache-control': cacheControl, location: '/elsewhere' }).end(body)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
const ours = (path: string) => ({
  body: documents.inOrder.find((document) => document.path === path)?.body ?? '',
})

/** @param alters What is read of it is another thing than what was written. */
function memory({ alters = false } = {}): Place & { readonly writes: string[] } {
  const held = new Map<string, HeldDocument>()
  const writes: string[] = []
  return {
    writes,
    keepsHeaders: true,
    goodUntil: undefined,
    read: async (path) => held.get(path),
    write: async ({ path, body, contentType, cacheControl }) => {
      writes.push(path)
      held.set(path, { body: alters ? Buffer.from('{}') : body, contentType, cacheControl })
    },
  }
}

const attempt = (issuerUrl: string, place: Place, change: { seenBefore?: boolean } = {}) =>
  publish({
    documents,
    issuerUrl,
    leadSeconds: 600,
    open: async () => place,
    fetch,
    signal: AbortSignal.timeout(10_000),
    seenBefore: false,
    ...change,
  })

test('keys are written before discovery, once, and seen from outside', async () => {
  const place = memory()
  const issuerUrl = await outside(ours)
  const paths = ['/.well-known/jwks', '/.well-known/openid-configuration']
  expect(await attempt(issuerUrl, place)).toEqual({ ok: true, seenBy: 'issuer-url', written: paths })
  expect(await attempt(issuerUrl, place)).toEqual({ ok: true, seenBy: 'issuer-url', written: [] })
  expect(place.writes).toEqual(paths)
})

test('what is still seen needs no credentials', async () => {
  const issuerUrl = await outside(ours)
  const open = () => Promise.reject(new Error('nobody should ask'))
  const options = { documents, issuerUrl, leadSeconds: 600, open, fetch, signal: AbortSignal.timeout(10_000) }
  expect(await publish({ ...options, seenBefore: true })).toMatchObject({ ok: true, written: [] })
  await expect(publish({ ...options, seenBefore: false })).rejects.toThrow('nobody should ask')
})

test("from where nobody answers at the issuer's URL, the target decides", async () => {
  expect(await attempt('http://127.0.0.1:1', memory())).toMatchObject({ ok: true, seenBy: 'target' })
})

test.each<[string, Parameters<typeof outside>[0], string, string]>([
  ['an older document', () => ({ body: '{"keys":[]}' }), 'issuer_url_differs', 'other bytes'],
  ['nothing', () => ({ status: 404 }), 'issuer_url_differs', 'answers 404'],
  ['nothing to strangers', () => ({ status: 403 }), 'issuer_url_differs', 'to everybody'],
  ['a redirect', () => ({ status: 302 }), 'issuer_url_differs', 'answers 302'],
  ['more than it should', () => ({ body: 'x'.repeat(600_000) }), 'target_refused', 'more than 524288 bytes'],
  [
    'for longer than a lead',
    (path) => ({ ...ours(path), cacheControl: 'public, max-age=86400' }),
    'kept_too_long',
    '--key-lead-seconds',
  ],
])('a mirror that answers %s has not published', async (_, answers, code, sentence) => {
  expect(await attempt(await outside(answers), memory())).toMatchObject({
    ok: false,
    failure: { code, message: expect.stringContaining(sentence) },
  })
})

test('what is read back otherwise is not published, whatever is seen from outside', async () => {
  expect(await attempt(await outside(ours), memory({ alters: true }))).toMatchObject({
    ok: false,
    failure: { code: 'read_back_differs' },
  })
})

test('other keys, and other headers, have another digest', () => {
  const of = (kid: string, maxAgeSeconds: number) =>
    mirrorDocuments({ jwks: () => ({ keys: [{ kid }] }), discovery: () => ({}) }, maxAgeSeconds).digest
  expect(new Set([of('a', 300), of('b', 300), of('a', 60)]).size).toBe(3)
  expect(of('a', 300)).toBe(of('a', 300))
})

test('a failing mirror is asked again soon, later more seldom, and never by all at the same moment', () => {
  const middle = [1, 2, 3, 4, 20].map((failures) => nextTrySeconds(failures, 0.5))
  expect(middle).toEqual([2, 4, 8, 16, 300])
  expect(nextTrySeconds(20, 0)).toBe(225)
  expect(nextTrySeconds(20, 0.999)).toBeGreaterThan(370)
  // Several times in a lead.
  expect(nextLookSeconds(600, 0.5)).toBe(120)
  expect(nextLookSeconds(40, 0.5)).toBe(10)
})

test('what came of it is one of three states', () => {
  const at = new Date()
  expect(mirrorState({ seenAt: null, failingSince: null })).toBe('never')
  expect(mirrorState({ seenAt: at, failingSince: null })).toBe('published')
  expect(mirrorState({ seenAt: at, failingSince: at })).toBe('failing')
  expect(mirrorState({ seenAt: null, failingSince: at })).toBe('failing')
})
