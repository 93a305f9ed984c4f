// `GET /metrics` of a real server: what is counted, and that no name of a stack, a person or an organization is in it.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../server/src/http/free-port.ts'
import { startServer, type TestServer } from './harness/server.ts'

const DOCS = join(import.meta.dirname, '../docs/operations.md')

let server: TestServer
let address = ''
beforeAll(async () => {
  const port = await freePort('127.0.0.1')
  address = `http://127.0.0.1:${port}`
  // Only a server that publishes its keys has the metrics about that. Nobody serves this name.
  const mirror = ['--issuer-url', 'https://keys.invalid', '--publish-keys-to', 'by-hand']
  server = await startServer({ flags: ['--metrics-port', `${port}`, ...mirror] })
})
afterAll(async () => {
  expect(await server.stop()).toBe(0)
})

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

async function scrape(): Promise<string> {
  const answer = await fetch(`${address}/metrics`)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  return answer.text()
}

/** @see https://prometheus.io/docs/instrumenting/exposition_formats/ */
function samplesIn(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    if (line === '' || line.startsWith('#')) return []
    const [, name = '', labels = '', value = ''] =
      /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? expect.fail(`no sample: ${line}`)
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, text]) => [key, text])
    return [{ name, labels: Object.fromEntries(pairs), value: Number(value) }]
  })
}

async function metric(name: string, labels: Record<string, string> = {}): Promise<number | undefined> {
  const samples = samplesIn(await scrape())
  return samples.find(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value
}

test('there is /metrics and nothing else on its port, and no /metrics on the port of the API', async () => {
  expect((await fetch(`${address}/api/user`)).status).toBe(404)
  expect((await fetch(`${address}/metrics`, { method: 'POST' })).status).toBe(404)
  expect((await server.call('GET', '/metrics')).status).toBe(404)
})

test('answers, the queue and the database are counted', async () => {
  const stack = '/api/stacks/main/shop/counted'
  await server.call('POST', '/api/stacks/main/shop', { stackName: 'counted' })
  const route = '/api/stacks/:organization/:project/:stack'
  const labels = { method: 'GET', route, status: '200' }
  const before = (await metric('daypass_http_requests_total', labels)) ?? 0
  expect((await server.call('GET', stack)).status).toBe(200)
  await expect.poll(() => metric('daypass_http_requests_total', labels)).toBe(before + 1)
  expect(await metric('daypass_http_request_seconds_count', { method: 'GET', route })).toBeGreaterThan(0)

  expect(await metric('daypass_deployments', { state: 'ready' })).toBe(0)
  const git = { repoUrl: 'https://git.example.com/a.git', branch: 'main' }
  const request = { operation: 'update', sourceContext: { git } }
  for (let n = 0; n < 3; n += 1) await server.call('POST', `${stack}/deployments`, request)
  expect(await metric('daypass_deployments', { state: 'ready' })).toBe(1)
  expect(await metric('daypass_deployments', { state: 'waiting' })).toBe(2)
  expect(await metric('daypass_database_up')).toBe(1)
  expect(await metric('daypass_database_connections', { state: 'idle' })).toBeGreaterThan(0)
  expect(await metric('process_resident_memory_bytes')).toBeGreaterThan(0)
})

test('the series do not grow with what is called, and name nobody', async () => {
  const seriesCount = async () => samplesIn(await scrape()).length
  const call = async (n: number) => {
    await server.call('GET', `/api/stacks/main/project-${n}/stack-${n}?token=secret-${n}`)
    await server.call('GET', `/no-route-${n}`)
    await server.call('GET', `/api/orgs/org-${n}/hooks`)
    await server.call('GET', '/api/user', undefined, `pul-wrong-${n}`)
  }
  await call(0)
  await expect.poll(() => metric('daypass_http_requests_total', { route: 'none' })).toBeGreaterThan(0)
  const before = await seriesCount()
  for (let n = 1; n <= 30; n += 1) await call(n)
  expect(await seriesCount()).toBe(before)
  const text = await scrape()
  expect(text).not.toMatch(/project-\d|stack-\d|secret-\d|no-route|org-\d|pul-|\bmain\b|\badmin\b|\bshop\b/)
  expect(text).not.toContain(server.adminToken)
})

test('the documentation lists every metric of ours, and no other', async () => {
  const text = await scrape()
  const types = [...text.matchAll(/^# TYPE (daypass_\w+) (\w+)$/gm)].map(
    ([, name, type]) => `${name} ${type}`,
  )
  const rows = (await readFile(DOCS, 'utf8')).matchAll(/^\| `(daypass_\w+)`[^|]*\| (\w+) \|/gm)
  expect([...rows].map(([, name, type]) => `${name} ${type}`).sort()).toEqual(types.sort())
})
