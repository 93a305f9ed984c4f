/**
 * A Pulumi service for one stack, kept in memory: as much of the protocol as an update needs.
 *
 * It answers the start of an update with a journal or without one, and keeps what the CLI then writes. That is what the
 * comparison is about; this is no part of the server.
 */
import { randomUUID } from 'node:crypto'
import http from 'node:http'
import { gunzipSync } from 'node:zlib'
import { membersOf } from '../../json-span.ts'
import { type EntryKind, entriesIn, inSequence, type JournalEntry } from '../entry.ts'
import type { BaseState } from '../replay.ts'
import { replayedText } from '../replayed-text.ts'
import type { EditedDeployment } from './chain.ts'

export type Writing = 'journal' | 'checkpoints'

export interface TestService {
  readonly url: string
  /** The state as it is, or as it will be once the update that wrote last is ended. */
  state(): BaseState | undefined
  /** Of all entries of ended updates. */
  readonly kinds: ReadonlySet<EntryKind>
  edit(change: (deployment: EditedDeployment) => void): void
  /** Ends an update whose CLI died; what it wrote counts. */
  settle(): void
  close(): Promise<void>
}

/** Each entry is sent twice, and requests are read last to first: replay must not mind. */
export interface Trouble {
  readonly shuffled: boolean
}

export async function startTestService(writing: Writing, trouble: Trouble): Promise<TestService> {
  let state: BaseState | undefined
  let version = 0
  let bodies: Buffer[] = []
  const kinds = new Set<EntryKind>()
  let update = { id: '', isDryRun: false, cliVersion: '' }

  const entries = (): JournalEntry[] => {
    const sent = trouble.shuffled ? [...bodies, ...bodies].reverse() : bodies
    return inSequence(sent.flatMap(entriesIn))
  }
  const stateNow = (): BaseState | undefined => {
    if (writing === 'checkpoints' || bodies.length === 0) return state
    const options = { cliVersion: update.cliVersion, now: new Date() }
    return replayedText(state, entries(), options)
  }
  const settle = (): void => {
    const before = state
    state = stateNow()
    for (const { kind } of bodies.flatMap(entriesIn)) kinds.add(kind)
    bodies = []
    if (state !== before) version += 1
  }

  const routes: [RegExp, (body: Buffer, url: URL) => unknown][] = [
    [/^GET \/api\/user$/, () => ({ id: 'u', githubLogin: 'ann', name: 'Ann', email: '', organizations: [] })],
    [/^GET \/api\/user\/organizations\/default$/, () => ({ GitHubLogin: 'acme', Messages: [] })],
    [/^GET \/api\/capabilities$/, () => CAPABILITIES],
    [/^GET \/api\/stacks\/[^/]+\/[^/]+\/[^/]+$/, () => ({ ...STACK, activeUpdate: update.id, version })],
    [/\/export$/, () => exported(state)],
    [
      /^POST .*\/import$/,
      (body) => {
        state = stateIn(body)
        version += 1
        return { updateId: 'import' }
      },
    ],
    [/^GET .*\/update\/import$/, () => ({ status: 'succeeded', events: [], continuationToken: null })],
    [/\/encrypt$/, (body) => ({ ciphertext: sealed(JSON.parse(body.toString()).plaintext) })],
    [/\/batch-encrypt$/, (body) => ({ ciphertexts: JSON.parse(body.toString()).plaintexts.map(sealed) })],
    [/\/decrypt$/, (body) => ({ plaintext: opened(JSON.parse(body.toString()).ciphertext) })],
    [
      /\/batch-decrypt$/,
      (body) => ({
        plaintexts: Object.fromEntries(
          JSON.parse(body.toString()).ciphertexts.map((text: string) => [text, opened(text)]),
        ),
      }),
    ],
    [/\/log-(batch-)?decryption$/, () => ({})],
    [
      /^POST .*\/dev\/(update|preview|refresh|destroy)$/,
      (body, url) => {
        const { options, metadata } = JSON.parse(body.toString())
        const isDryRun = options.dryRun === true || url.pathname.endsWith('/preview')
        update = { id: randomUUID(), isDryRun, cliVersion: metadata.environment['pulumi.version'] ?? '' }
        return { updateID: update.id }
      },
    ],
    [
      /^POST .*\/(update|preview|refresh|destroy)\/[^/]+$/,
      () => ({
        version: version + 1,
        token: 'lease',
        tokenExpiration: Math.floor(Date.now() / 1000) + 300,
        journalVersion: writing === 'journal' ? 1 : 0,
      }),
    ],
    [/\/renew_lease$/, () => ({ token: 'lease', tokenExpiration: Math.floor(Date.now() / 1000) + 300 })],
    [/\/journalentries$/, (body) => void bodies.push(body)],
    [
      /\/checkpoint$/,
      (body) => {
        state = stateIn(body)
      },
    ],
    [/\/events\/batch$/, () => ({})],
    [/\/complete$/, () => void (update.isDryRun ? undefined : settle())],
    [/\/cancel$/, () => ({})],
    [/^PATCH .*\/tags$/, () => ({})],
  ]

  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const raw = Buffer.concat(chunks)
      const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
      const url = new URL(request.url ?? '/', 'http://service')
      const name = `${request.method} ${url.pathname}`
      const route = routes.find(([pattern]) => pattern.test(name))
      const answer = route === undefined ? { code: 404, message: `no ${name}` } : route[1](body, url)
      response.writeHead(route === undefined ? 404 : 200, { 'content-type': 'application/json' })
      response.end(Buffer.isBuffer(answer) ? answer : JSON.stringify(answer ?? {}))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    state: stateNow,
    kinds,
    edit(change) {
      if (state === undefined) return
      const deployment = JSON.parse(state.deployment.toString())
      change(deployment)
      state = { ...state, deployment: Buffer.from(JSON.stringify(deployment)) }
    },
    settle,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const CAPABILITIES = {
  capabilities: [
    { capability: 'batch-encrypt' },
    { capability: 'deployment-schema-version', version: 1, configuration: { version: 4 } },
  ],
}

const STACK = {
  id: 'stack',
  orgName: 'acme',
  projectName: 'proj',
  stackName: 'dev',
  tags: { 'pulumi:project': 'proj', 'pulumi:runtime': 'yaml' },
}

const SEAL = Buffer.from('sealed:')

function sealed(plaintext: string): string {
  return Buffer.concat([SEAL, Buffer.from(plaintext, 'base64')]).toString('base64')
}

function opened(ciphertext: string): string {
  return Buffer.from(ciphertext, 'base64').subarray(SEAL.length).toString('base64')
}

function exported(state: BaseState | undefined): Buffer {
  const empty = '{"manifest":{"time":"0001-01-01T00:00:00Z","magic":"","version":""}}'
  const { deployment, schemaVersion, features } = state ?? {
    deployment: Buffer.from(empty),
    schemaVersion: 3,
    features: [],
  }
  const label = `{"version":${schemaVersion},"features":${JSON.stringify(features)},"deployment":`
  return Buffer.concat([Buffer.from(label), deployment, Buffer.from('}')])
}

function stateIn(body: Buffer): BaseState {
  const members = membersOf(body)
  const at = (key: string): Buffer => {
    const span = members.get(key)
    return span ? body.subarray(span.start, span.end) : Buffer.from('null')
  }
  return {
    deployment: Buffer.from(at('deployment')),
    schemaVersion: JSON.parse(at('version').toString()),
    features: JSON.parse(at('features').toString()) ?? [],
  }
}
