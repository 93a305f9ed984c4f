/**
 * Sends drawn requests to the whole server in this process, and says which answers were none: a 5xx, a refusal of
 * another form than `{code, message}` with the status as its code, or an answer that breaks the promise of its route.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import fc from 'fast-check'
import type { World } from '../world.ts'
import { makeExisting } from './existing.ts'
import { type Description, type FuzzRequest, requestsTo, routesOf } from './requests.ts'

const DESCRIPTION = join(import.meta.dirname, '../../../contract/openapi.json')
/** What requests delete is made anew after this many. */
const ROUND = 200
/** Nothing drawn may wait for long; an answer that takes so long never comes. */
const ANSWER_LIMIT_MS = 30_000

export interface FuzzResult {
  /** How many answers had which hundred of statuses. */
  readonly counts: Readonly<Record<string, number>>
  readonly routes: number
  /** Of the description, and never called. */
  readonly uncalled: readonly string[]
  /** Routes of which no answer was a success: nobody got further than to a refusal. */
  readonly neverGood: readonly string[]
  readonly problems: readonly string[]
}

export async function fuzz(world: World, seed: number, requests: number): Promise<FuzzResult> {
  const description: Description = JSON.parse(await readFile(DESCRIPTION, 'utf8'))
  const counts: Record<string, number> = {}
  const problems: string[] = []
  const called = new Set<string>()
  const good = new Set<string>()
  for (let done = 0; done < requests; done += ROUND) {
    const existing = await makeExisting(world, done / ROUND)
    const size = Math.min(ROUND, requests - done)
    // Every route has its turn before any has a second one by luck.
    const due = routesOf(description).slice(done, done + size)
    const options = { seed: seed + done, numRuns: 1 }
    const drawn = [
      ...due.flatMap((route) => fc.sample(requestsTo(description, existing, route), options)),
      ...fc.sample(requestsTo(description, existing), { ...options, numRuns: size - due.length }),
    ]
    for (const [index, request] of drawn.entries()) {
      const { status, problem } = await send(world, request, addressOf(done + index))
      called.add(request.route)
      if (status < 300) good.add(request.route)
      const hundred = `${Math.floor(status / 100)}xx`
      counts[hundred] = (counts[hundred] ?? 0) + 1
      if (problem !== undefined)
        problems.push(`seed ${seed}, request ${done + index}: ${shown(request)}\n  ${problem}`)
    }
  }
  const all = routesOf(description)
  const uncalled = all.filter((route) => !called.has(route))
  const neverGood = all.filter((route) => !good.has(route) && !route.endsWith('{rest}'))
  return { counts, routes: called.size, uncalled, neverGood, problems }
}

/** Whoever sends wrong tokens from one address is soon not listened to; here that would hide everything else. */
function addressOf(index: number): string {
  return `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`
}

async function send(
  world: World,
  { method, url, payload, headers }: FuzzRequest,
  remoteAddress: string,
): Promise<{ status: number; problem: string | undefined }> {
  const limit = new AbortController()
  const timer = setTimeout(() => limit.abort(), ANSWER_LIMIT_MS)
  try {
    const answer = await world.app.inject({
      method: method as 'GET',
      url,
      headers,
      signal: limit.signal,
      remoteAddress,
      payloadAsStream: true,
      ...(payload !== undefined && { payload }),
    })
    const { statusCode: status } = answer
    const type = String(answer.headers['content-type'])
    const body = await bodyOf(answer.stream(), type)
    const problem = status >= 500 ? `${status} ${body.slice(0, 500)}` : refusalProblem(status, type, body)
    return { status, problem: problem ?? world.takeFaults()[0] }
  } catch (error) {
    return { status: 599, problem: `no answer: ${String(error)}` }
  } finally {
    clearTimeout(timer)
  }
}

/** Of events, which go on for ever, the first piece. */
async function bodyOf(stream: Readable, type: string): Promise<string> {
  if (!type.startsWith('text/event-stream')) return text(stream)
  for await (const piece of stream) return String(piece)
  return ''
}

/** The pages for browsers say it in HTML. */
function refusalProblem(status: number, type: string, payload: string): string | undefined {
  if (status < 400 || type.startsWith('text/html')) return undefined
  try {
    const { code, message } = JSON.parse(payload)
    const isRefusal = code === status && typeof message === 'string' && message !== ''
    return isRefusal ? undefined : `${status} with ${payload.slice(0, 300)}`
  } catch {
    return `${status} is no JSON: ${payload.slice(0, 300)}`
  }
}

function shown({ method, url, payload, headers }: FuzzRequest): string {
  const { authorization, ...others } = headers
  const who = authorization?.split(' ')[0] ?? 'nobody'
  return `${method} ${url.slice(0, 300)} as ${who} ${JSON.stringify(others)} ${(payload ?? '').slice(0, 600)}`
}
