import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { archiveName, checksumFor, downloadPulumi } from './pulumi-archive.mjs'

const NAME = 'pulumi-v3.259.0-linux-x64.tar.gz'
const patience = { connectMs: 300, stallMs: 300 }
const { signal } = new AbortController()
let folder: string
let target: string
let server: Server | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-archive-'))
  target = join(folder, 'cache', 'v3.259.0')
})
afterEach(async () => {
  server?.closeAllConnections()
  server?.close()
  await rm(folder, { recursive: true })
})

/** A real archive in the layout of the official one. */
function makeArchive(): Buffer {
  mkdirSync(join(folder, 'pulumi'))
  writeFileSync(join(folder, 'pulumi', 'pulumi'), '#!/bin/sh\necho v3.259.0\n', { mode: 0o755 })
  return execFileSync('tar', ['-cz', '-C', folder, 'pulumi'])
}

async function listen(answer: RequestListener): Promise<string> {
  server = createServer(answer)
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function serveRelease(archive: Buffer, checksum: string): Promise<string> {
  return listen((request, response) => {
    if (request.url === '/pulumi-3.259.0-checksums.txt') response.end(`${checksum}  ${NAME}\n`)
    else if (request.url === `/${NAME}`) response.end(archive)
    else response.writeHead(404).end()
  })
}

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex')
const whatIsCached = () => readdir(join(folder, 'cache')).catch(() => [])

test('an archive with the published checksum is unpacked, and nothing else is left', async () => {
  const archive = makeArchive()
  const source = await serveRelease(archive, sha256(archive))
  expect(await downloadPulumi(target, { signal, source, patience, name: NAME })).toBeUndefined()
  expect(await readdir(target)).toEqual(['pulumi'])
  expect(await readFile(join(target, 'pulumi'), 'utf8')).toContain('v3.259.0')
  expect(await whatIsCached()).toEqual(['v3.259.0'])
})

test('a corrupted archive is refused and leaves nothing', async () => {
  const archive = makeArchive()
  const published = sha256(archive)
  archive.writeUInt8(archive.readUInt8(archive.length - 9) ^ 1, archive.length - 9)
  const source = await serveRelease(archive, published)
  await expect(downloadPulumi(target, { signal, source, patience, name: NAME })).rejects.toThrow(
    `was refused because its checksum is ${sha256(archive)} and the release says ${published}`,
  )
  expect(await whatIsCached()).toEqual([])
})

test('a release that does not list the archive is no source', async () => {
  const source = await serveRelease(Buffer.from('x'), 'not a checksum')
  expect(await downloadPulumi(target, { signal, source, patience, name: NAME })).toEqual({
    reason: `the official checksums do not list ${NAME}`,
  })
})

test('a server that accepts and says nothing is left after the time to connect', async () => {
  const source = await listen(() => {})
  const answer = await downloadPulumi(target, { signal, source, patience, name: NAME })
  expect(answer).toEqual({ reason: 'the official archive cannot be had (no answer in 0.3 s)' })
})

test('a download that stands still is left, and leaves nothing', async () => {
  const source = await listen((request, response) => {
    if (request.url === `/${NAME}`)
      response.writeHead(200, { 'content-length': '1000' }).write('the beginning')
    else response.end(`${'0'.repeat(64)}  ${NAME}\n`)
  })
  const answer = await downloadPulumi(target, { signal, source, patience, name: NAME })
  expect(answer).toEqual({ reason: 'the official archive cannot be had (the download stands still)' })
  expect(await whatIsCached()).toEqual([])
})

test('an interrupt during the download leaves nothing', async () => {
  const interrupt = new AbortController()
  const source = await listen((request, response) => {
    if (request.url !== `/${NAME}`) return void response.end(`${'0'.repeat(64)}  ${NAME}\n`)
    response.writeHead(200, { 'content-length': '1000' }).write('the beginning')
    setTimeout(() => interrupt.abort(new Error('Interrupted by SIGINT')), 50)
  })
  const download = downloadPulumi(target, { signal: interrupt.signal, source, name: NAME })
  await expect(download).rejects.toThrow('Interrupted by SIGINT')
  expect(await whatIsCached()).toEqual([])
})

test('a machine without a connection is told so', async () => {
  const answer = await downloadPulumi(target, { signal, source: 'http://127.0.0.1:1/', patience, name: NAME })
  expect(answer?.reason).toMatch(/^the official archive cannot be had \(.+\)$/)
})

test('platforms without an archive are told so', async () => {
  expect(archiveName('linux', 'x64')).toBe(NAME)
  expect(archiveName('freebsd', 'x64')).toBeUndefined()
  expect(await downloadPulumi(target, { signal, name: undefined })).toEqual({
    reason: 'no official archive for this platform',
  })
})

test('a checksum belongs to exactly one name', () => {
  const sum = 'a'.repeat(64)
  expect(checksumFor(NAME, `${'b'.repeat(64)}  x${NAME}\n${sum} *${NAME}\n`)).toBe(sum)
  expect(checksumFor(NAME, `${sum}  ${NAME}.sig\n`)).toBeUndefined()
})
