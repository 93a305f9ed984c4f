/** Large things for the state service: whole states, events and lists of any size, and what they cost its memory. */
import { createHash, randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { forgetPeakMemory, peakMegabytes } from '../../bench/src/usage.ts'
import type { OpenUpdate, StateClient } from './state-client.ts'

export const MB = 1024 * 1024
const RESOURCE_TEXT_BYTES = 20_000

/** An `UntypedDeployment` of about so many bytes, which gzip makes half as large. */
export function largeState(bytes: number): Buffer {
  const pieces = [
    '{"version":3,"deployment":{"manifest":{"time":"2030-01-01T00:00:00Z","magic":"","version":""},"resources":[',
  ]
  let length = 0
  for (let at = 0; length < bytes; at += 1) {
    const digits = createHash('sha512').update(String(at)).digest('hex')
    const text = digits.repeat(RESOURCE_TEXT_BYTES / digits.length).slice(0, RESOURCE_TEXT_BYTES - (at % 100))
    const urn = `urn:pulumi:s::p::x:i:T::r${at}`
    const resource = `${at === 0 ? '' : ','}{"urn":"${urn}","custom":true,"id":"i${at}","type":"x:i:T","outputs":{"text":"${text}"}}`
    length += resource.length
    pieces.push(resource)
  }
  pieces.push(']}}')
  return Buffer.from(pieces.join(''))
}

/** Runs `work` and tells the largest resident memory of the server meanwhile, in MB. */
export async function peakDuring(client: StateClient, work: () => Promise<void>): Promise<number> {
  await forgetPeakMemory(client.server.pid)
  await work()
  return peakMegabytes(client.server.pid)
}

/** A whole state, sent as a client without a journal sends it. */
export async function checkpoint(
  client: StateClient,
  { U, lease }: OpenUpdate,
  state: Buffer,
): Promise<void> {
  const answer = await client.leased('PATCH', `${U}/checkpoint`, lease, gzipSync(state, { level: 1 }))
  expect(answer.status, await answer.text()).toBe(204)
}

export interface Exported {
  readonly bytes: number
  readonly sha256: string
}

/** What an export says, to the letter, without keeping it. */
export async function exported(
  client: StateClient,
  stack: string,
  encoding: 'gzip' | 'identity',
): Promise<Exported> {
  const answer = await fetch(`${client.server.url}${stack}/export`, {
    headers: { authorization: `token ${client.server.adminToken}`, 'accept-encoding': encoding },
  })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-encoding')).toBe(encoding === 'gzip' ? 'gzip' : null)
  const sha256 = createHash('sha256')
  let bytes = 0
  for await (const piece of answer.body ?? []) {
    sha256.update(piece)
    bytes += piece.length
  }
  return { bytes, sha256: sha256.digest('hex') }
}

export function fingerprintOf(state: Buffer): Exported {
  return { bytes: state.length, sha256: createHash('sha256').update(state).digest('hex') }
}

const BATCH_EVENTS = 50

/** Three at a time and out of order, as the CLI sends them. */
export async function sendEvents(
  client: StateClient,
  { U, lease }: OpenUpdate,
  count: number,
): Promise<void> {
  const batches = Array.from({ length: Math.ceil(count / BATCH_EVENTS) }, (_, at) => at * BATCH_EVENTS)
  const send = async (first: number): Promise<void> => {
    const events = Array.from({ length: Math.min(BATCH_EVENTS, count - first) }, (_, at) =>
      eventOf(first + at),
    )
    const answer = await client.leased(
      'POST',
      `${U}/events/batch`,
      lease,
      gzipSync(JSON.stringify({ events })),
    )
    expect(answer.status).toBe(204)
  }
  for (let at = 0; at < batches.length; at += 3)
    await Promise.all(
      batches
        .slice(at, at + 3)
        .reverse()
        .map(send),
    )
}

function eventOf(sequence: number): object {
  const urn = `urn:pulumi:s::p::x:i:T::r${sequence}`
  const metadata = { op: 'create', urn, type: 'x:i:T', new: { urn, inputs: { value: 'x'.repeat(500) } } }
  return { sequence, timestamp: 1, resourcePreEvent: { metadata } }
}

export interface EventPages {
  readonly sequences: readonly number[]
  readonly pages: number
  readonly largestPageBytes: number
}

export async function readAllEvents(client: StateClient, { U }: OpenUpdate): Promise<EventPages> {
  const sequences: number[] = []
  let pages = 0
  let largestPageBytes = 0
  for (let token: string | null = ''; token !== null; pages += 1) {
    const text = await client.text(`${U}/events?continuationToken=${token}`)
    largestPageBytes = Math.max(largestPageBytes, text.length)
    const page: { events: { sequence: number }[]; continuationToken: string | null } = JSON.parse(text)
    for (const { sequence } of page.events) sequences.push(sequence)
    token = page.continuationToken
  }
  return { sequences, pages, largestPageBytes }
}

/** So many more stacks of the project, as if they had been made one by one. */
export async function fillStacks({ db }: StateClient, project: string, count: number): Promise<void> {
  await db.query(
    /* sql */ `
    insert into stacks (id, organization_id, project, name)
    select gen_random_uuid(), o.id, $1, 'many-' || lpad(at::text, 6, '0')
      from organizations o, generate_series(1, $2::integer) at where o.name = 'main'`,
    [project, count],
  )
}

/** A stack that was updated so many times. @returns Its path. */
export async function makeUpdatedStack(
  { db, server }: StateClient,
  name: string,
  count: number,
): Promise<string> {
  expect(await server.call('POST', '/api/stacks/main/p', { stackName: name })).toMatchObject({ status: 200 })
  await db.query(
    /* sql */ `
    with stack as (
      update stacks set version = $2, active_update_id = $3 where name = $1 and project = 'p' returning id
    )
    insert into updates (id, stack_id, kind, dry_run, status, version, program, config, metadata, started_at, ended_at)
    select case when at = $2 then $3::uuid else gen_random_uuid() end, stack.id, 'update', false, 'succeeded', at, '{}',
           '{}', '{"message":"number ' || at || '","environment":{}}', now(), now()
      from stack, generate_series(1, $2::integer) at`,
    [name, count, randomUUID()],
  )
  return `/api/stacks/main/p/${name}`
}

/** The versions in the history, by pages, newest first. */
export async function readHistory(client: StateClient, stack: string, pageSize: number): Promise<number[]> {
  const versions: number[] = []
  for (let page = 1; ; page += 1) {
    const { body } = await client.server.call('GET', `${stack}/updates?pageSize=${pageSize}&page=${page}`)
    const found: number[] = body.updates.map(({ version }: { version: number }) => version)
    expect(found.length).toBeLessThanOrEqual(pageSize)
    if (found.length === 0) return versions
    versions.push(...found)
  }
}

export function downFrom(count: number): number[] {
  return Array.from({ length: count }, (_, at) => count - at)
}

/** A YAML program without a plugin. */
export function programOf(resources: number, valueBytes: number): string {
  const one = (at: number): string =>
    `  stash${at}:\n    type: pulumi:index:Stash\n    properties: { input: "${at} ${'x'.repeat(valueBytes)}" }\n`
  return `name: p\nruntime: yaml\nresources:\n${Array.from({ length: resources }, (_, at) => one(at)).join('')}`
}
