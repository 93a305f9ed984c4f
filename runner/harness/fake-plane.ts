/**
 * A control plane of a few lines for tests of the runner: it speaks `contract/job-protocol` strictly, keeps what it
 * was told, and can be silent, busy or cruel. It decides nothing that the real server decides.
 */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Claim,
  ClaimRequest,
  FinishReport,
  type GitSource,
  IdTokenRequest,
  type JobIdentity,
  type JobSpec,
  type LeaseTimes,
  LogAppend,
  StepReport,
} from '@daypass/contract/job-protocol.ts'
import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'

export const POOL_TOKEN = `dpp-${'0123456789'.repeat(4)}`
export const JOB_TOKEN = `dpj-${'abcdef0123'.repeat(4)}`
export const STACK_TOKEN = `pul-${'fedcba9876'.repeat(4)}`
export const LEASE: LeaseTimes = { leaseSeconds: 15, beatSeconds: 4, giveUpSeconds: 10 }

export interface RecordedStep {
  readonly name: string
  statuses: string[]
  lines: string[]
}

export interface FakePlane {
  readonly url: string
  readonly steps: RecordedStep[]
  readonly beats: number[]
  readonly minted: { purpose: string; token: string; at: number }[]
  readonly claims: ClaimRequest[]
  readonly protocolErrors: string[]
  lease: LeaseTimes
  /** Milliseconds that every log call takes. */
  logDelay: number
  /** `away`: every call gets 503. `lost`: every job call gets 409. */
  mood: 'fine' | 'away' | 'lost'
  tokenLifetimeSeconds: number
  offer(job: JobSpec): void
  cancel(): void
  /** The result of the job that finishes next. */
  finished(): Promise<FinishReport>
  /** All lines of a step. */
  text(step: string): string
  allText(): string
  close(): Promise<void>
}

export async function startFakePlane(): Promise<FakePlane> {
  const offers: JobSpec[] = []
  let wake = Promise.withResolvers<void>()
  let cancelled = Promise.withResolvers<void>()
  let cancelRequested = false
  let finish = Promise.withResolvers<FinishReport>()
  let closed = false

  const plane: FakePlane = {
    url: '',
    steps: [],
    beats: [],
    minted: [],
    claims: [],
    protocolErrors: [],
    lease: LEASE,
    logDelay: 0,
    mood: 'fine',
    tokenLifetimeSeconds: 900,
    offer(job) {
      plane.steps.length = 0
      cancelRequested = false
      cancelled = Promise.withResolvers()
      finish = Promise.withResolvers()
      offers.push(job)
      wake.resolve()
    },
    cancel() {
      cancelRequested = true
      cancelled.resolve()
    },
    finished: () => finish.promise,
    text: (name) =>
      plane.steps
        .filter((step) => step.name === name)
        .flatMap(({ lines }) => lines)
        .join(''),
    allText: () => plane.steps.flatMap(({ name, lines }) => [`== ${name}\n`, ...lines]).join(''),
    close: () =>
      new Promise((resolve) => {
        closed = true
        wake.resolve()
        cancelled.resolve()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }

  async function answer(
    path: string,
    body: unknown,
    waitSeconds: number,
    hungUp: Promise<unknown>,
    isGone: () => boolean,
  ): Promise<[number, unknown?]> {
    switch (path) {
      case '/api/daypass/runner/claim': {
        const request = check(ClaimRequest, body)
        plane.claims.push(request)
        if (offers.length === 0) {
          const time = sleep(request.waitSeconds * 1000, undefined, { ref: false })
          await Promise.race([wake.promise, time, hungUp])
        }
        if (isGone()) return [204]
        wake = Promise.withResolvers()
        const job = offers.shift()
        if (!job || closed) return [204]
        return [200, { jobToken: JOB_TOKEN, lease: plane.lease, job } satisfies Claim]
      }
      case '/api/daypass/job/start':
      case '/api/daypass/job/beat':
        plane.beats.push(Date.now())
        return [200, { lease: plane.lease, cancelRequested }]
      case '/api/daypass/job/cancellation':
        if (!cancelRequested)
          await Promise.race([cancelled.promise, sleep(waitSeconds * 1000, undefined, { ref: false })])
        return [200, { cancelRequested }]
      case '/api/daypass/job/step': {
        const report = check(StepReport, body)
        plane.steps[report.step] ??= { name: report.name, statuses: [], lines: [] }
        plane.steps[report.step]?.statuses.push(report.status)
        return [204]
      }
      case '/api/daypass/job/log': {
        const append = check(LogAppend, body)
        await sleep(plane.logDelay)
        const step = plane.steps[append.step]
        if (!step) return [400, { code: 400, message: `There is no step ${append.step}.` }]
        if (append.offset > step.lines.length) return [400, { code: 400, message: 'There is a gap.' }]
        step.lines.splice(append.offset, append.lines.length, ...append.lines.map(({ line }) => line))
        return [200, { nextOffset: step.lines.length }]
      }
      case '/api/daypass/job/id-token': {
        const { purpose } = check(IdTokenRequest, body)
        const token = fakeJwt(plane.minted.length)
        plane.minted.push({ purpose, token, at: Date.now() })
        return [
          200,
          {
            token,
            subject: SUBJECT,
            audience: 'acme',
            lifetimeSeconds: plane.tokenLifetimeSeconds,
            expiresAt: new Date(Date.now() + plane.tokenLifetimeSeconds * 1000).toISOString(),
          },
        ]
      }
      case '/api/daypass/job/finish':
        finish.resolve(check(FinishReport, body))
        return [204]
      default:
        return [404, { code: 404, message: `There is no ${path}.` }]
    }
  }

  function check<Schema extends TSchema>(
    schema: Schema,
    body: unknown,
  ): ReturnType<typeof Value.Parse<Schema>> {
    if (!Value.Check(schema, body)) plane.protocolErrors.push(JSON.stringify(body).slice(0, 300))
    return body as ReturnType<typeof Value.Parse<Schema>>
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake')
    let text = ''
    for await (const chunk of request) text += chunk
    const isJob = url.pathname.startsWith('/api/daypass/job/')
    const expected = isJob ? JOB_TOKEN : POOL_TOKEN
    let status: number
    let body: unknown
    if (plane.mood === 'away') [status, body] = [503, undefined]
    else if (request.headers.authorization !== `Bearer ${expected}`)
      [status, body] = [401, { code: 401, message: 'This token is not known.' }]
    else if (plane.mood === 'lost' && isJob)
      [status, body] = [409, { code: 409, reason: 'lease_lost', message: 'The lease of this job is over.' }]
    else
      [status, body] = await answer(
        url.pathname,
        text === '' ? undefined : JSON.parse(text),
        Number(url.searchParams.get('waitSeconds') ?? 0),
        once(response, 'close'),
        () => response.destroyed,
      )
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(body === undefined ? '' : JSON.stringify(body))
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => response.destroy(error))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return Object.assign(plane, { url: `http://127.0.0.1:${port}` })
}

/** The branch `main` of a repository that anybody may read. */
export function gitSource(repoUrl: string): GitSource {
  return {
    ...{ repoUrl, branch: 'main', commit: null, tag: null, template: false, repoDir: '' },
    ...{ auth: null, authFromHost: false, commitBranch: null },
  }
}

/** Of a stack that has a token and no cloud. */
export function jobIdentity(changes: Partial<JobIdentity> = {}): JobIdentity {
  return {
    issuerUrl: 'https://i.example',
    subject: SUBJECT,
    audience: 'acme',
    withheld: false,
    renew: true,
    audiences: [],
    aws: null,
    azure: null,
    google: null,
    named: [],
    configJson: '{}',
    ...changes,
  }
}

export const SUBJECT = 'pulumi:deploy:org:acme:project:web:stack:dev:operation:update:scope:write'

/** Has the shape of a token and is none. */
function fakeJwt(index: number): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signature = Buffer.from(`signature ${index} ${Math.random()}`.padEnd(64, '.')).toString('base64url')
  return `${part({ alg: 'RS256', kid: 'fake' })}.${part({ sub: SUBJECT, jti: index })}.${signature}`
}

export function jobSpec(changes: Partial<JobSpec> = {}): JobSpec {
  return {
    deploymentId: '00000000-0000-4000-8000-000000000001',
    version: 7,
    organization: 'acme',
    project: 'web',
    stack: 'dev',
    operation: 'update',
    backendUrl: 'http://127.0.0.1:1',
    consoleUrl: 'http://127.0.0.1:1/acme/web/dev/deployments/7',
    stackToken: STACK_TOKEN,
    timeoutSeconds: 600,
    source: gitSource(''),
    pullRequestNumber: null,
    preRunCommands: [],
    environment: [],
    skipInstallDependencies: false,
    shell: 'bash',
    executorImage: null,
    cache: null,
    identity: null,
    ...changes,
  }
}
