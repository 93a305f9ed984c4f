/** Hosts that know no tokens, and a person in place of a host. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type PutHost, startPutHost } from '../../../../test/harness/put-host.ts'
import { StartRefusal } from '../../start-refusal.ts'
import type { MirrorDocument } from '../mirror.ts'
import { requireUsable } from '../open-place.ts'
import { readMirrorTarget } from '../target.ts'
import { byHandPlace } from './by-hand.ts'
import { putPlace } from './http-put.ts'
import { readPrivateHeader } from './private-header.ts'

const SECRET = 'Basic ZGF5cGFzczpzZWNyZXQ='
const signal = AbortSignal.timeout(20_000)
const document: MirrorDocument = {
  path: '/.well-known/jwks',
  body: Buffer.from('{"keys":[]}'),
  contentType: 'application/json',
  cacheControl: 'public, max-age=300',
}

let folder: string
let host: PutHost
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-places-'))
  host = await startPutHost(async (_, { headers }) => headers.authorization === SECRET)
})
afterEach(async () => {
  await host.close()
  await rm(folder, { recursive: true })
})

async function headerFile(text: string, mode = 0o600): Promise<string> {
  const file = join(folder, 'header')
  await writeFile(file, text)
  await chmod(file, mode)
  return file
}
const putWith = (authorization: Readonly<Record<string, string>>) =>
  putPlace({ fetch, url: host.url, authorization, goodUntil: undefined })

test('a host with a header of its own is written, folders and all', async () => {
  const place = putWith(await readPrivateHeader(await headerFile(`Authorization: ${SECRET}\n`)))
  expect(await place.read(document.path, signal)).toBeUndefined()
  await place.write(document, signal)
  expect((await place.read(document.path, signal))?.body).toEqual(document.body)
  expect(host.requests).toEqual([
    'PUT /.well-known/jwks 409',
    'MKCOL / 405',
    'MKCOL /.well-known/ 201',
    'PUT /.well-known/jwks 201',
  ])
})

test('a refusal says whose, and nothing of what we showed', async () => {
  const place = putWith({ authorization: 'Basic d3Jvbmc=' })
  const refused = await Promise.resolve(place.write(document, signal)).catch((error: Error) => error.message)
  expect(refused).toBe(`The mirror at ${host.url} answers 401 to PUT ${host.url}/.well-known/jwks`)
})

test.each([
  ['that others may read', `Authorization: ${SECRET}`, 0o644, 'chmod 600'],
  ['with two lines', `Authorization: ${SECRET}\nX-Other: 1`, 0o600, 'must hold one line'],
  ['without a name', SECRET, 0o600, 'must hold one line'],
  ['that is empty', '', 0o600, 'must hold one line'],
  ['that is too large', `A: ${'x'.repeat(9_000)}`, 0o600, 'too large'],
])(
  'a header file %s is refused at the start, and its content is not told',
  async (_, text, mode, sentence) => {
    const target = readMirrorTarget(`https://keys.example.com?header-file=${await headerFile(text, mode)}`)
    const refused = await requireUsable(target).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(StartRefusal)
    expect(String(refused)).toContain(sentence)
    expect(String(refused)).not.toContain('ZGF5cGFzczpzZWNyZXQ')
  },
)

test('a header file that is not there is refused at the start', async () => {
  const target = readMirrorTarget('https://keys.example.com?header-file=/nowhere/header')
  await expect(requireUsable(target)).rejects.toThrow('cannot be read')
})

test('by hand, nothing is written, and what a person uploaded is seen', async () => {
  const place = byHandPlace(host.url, fetch)
  expect(await place.read(document.path, signal)).toBeUndefined()
  expect(() => place.write(document, signal)).toThrow('daypass issuer publish --print')
  host.held.set(document.path, document.body)
  expect((await place.read(document.path, signal))?.body).toEqual(document.body)
  expect(host.requests).toEqual([])
})
