/**
 * One request to the API of a git host, and what its answer means: a value, a refusal that somebody can mend, or an outage.
 *
 * No sentence repeats what the host said beyond its own message, and none repeats what was sent.
 */
import { OutboundRefused } from '../outbound/fetch.ts'
import { type HostApiServices, type HostRefusal, HostUnavailable } from './adapter.ts'
import { field, words } from './json.ts'

export interface HostRequest {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface HostAnswer {
  readonly status: number
  readonly headers: Headers
  /** Undefined: it had none. */
  readonly json: unknown
}

const MOST_ANSWER_BYTES = 20 * 1024 * 1024
/** What a host may have us wait at most: it is asked again then, whatever it said. */
const LONGEST_WAIT_SECONDS = 60 * 60

/** @throws {HostUnavailable} */
export async function askHost(
  { fetch, now }: HostApiServices,
  { method = 'GET', url, headers, body }: HostRequest,
): Promise<HostAnswer | HostRefusal> {
  let answer: Response
  let text: string
  try {
    answer = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        'user-agent': 'daypass',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    text = await readText(answer)
  } catch (error) {
    if (error instanceof HostUnavailable) throw error
    const refused = [error, error instanceof Error ? error.cause : undefined].find(
      (one) => one instanceof OutboundRefused,
    )
    if (refused instanceof OutboundRefused)
      return {
        code: 'HOST_REFUSED',
        sentence: `This server does not connect to the host. ${refused.message}`,
      }
    throw new HostUnavailable(unreachable(error))
  }
  const json = parsed(text)
  const { status } = answer
  if (status < 300) return { status, headers: answer.headers, json }
  const said = words(field(json, 'message') ?? field(json, 'error', 'message'), 300)
  if (isLimit(answer)) {
    throw new HostUnavailable(
      `The host takes no more requests for now (${status}).`,
      resetOf(answer.headers, now()),
    )
  }
  if (status >= 500 || status === 408) throw new HostUnavailable(`The host answered ${status}.`)
  return refusalFor(status, said)
}

async function readText(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of answer.body ?? []) {
    length += chunk.length
    if (length > MOST_ANSWER_BYTES) throw new HostUnavailable('The answer of the host is too long.')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

/** GitHub says 403 where others say 429. */
function isLimit({ status, headers }: Response): boolean {
  if (status === 429) return true
  return status === 403 && (headers.get('x-ratelimit-remaining') === '0' || headers.has('retry-after'))
}

/** From `Retry-After` in seconds, or a time in seconds since 1970 under the names that hosts give it. */
function resetOf(headers: Headers, now: Date): Date | undefined {
  const seconds = Number(headers.get('retry-after') ?? Number.NaN)
  const reset = Number(headers.get('x-ratelimit-reset') ?? headers.get('ratelimit-reset') ?? Number.NaN)
  const wait = seconds >= 0 ? seconds : reset - now.getTime() / 1000
  if (!(wait >= 0)) return undefined
  return new Date(now.getTime() + Math.min(wait, LONGEST_WAIT_SECONDS) * 1000)
}

function refusalFor(status: number, said: string): HostRefusal {
  const saying = said === '' ? '' : ` It says: ${said}`
  switch (status) {
    case 401:
      return {
        code: 'HOST_UNAUTHORIZED',
        sentence: `The host does not take our credential (401): give the connection a new one.${saying}`,
      }
    case 403:
      return {
        code: 'HOST_FORBIDDEN',
        sentence: `The host does not allow it (403): the credential of the connection lacks a permission.${saying}`,
      }
    case 404:
      return {
        code: 'HOST_NOT_FOUND',
        sentence: `The host does not show it to us (404): it is gone, or the credential of the connection does not reach it.${saying}`,
      }
    default:
      return { code: 'HOST_REFUSED', sentence: `The host answered ${status}.${saying}` }
  }
}

/** What went wrong, without the address that it went wrong with. */
function unreachable(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return 'The host does not answer in time.'
  if (error instanceof DOMException && error.name === 'AbortError')
    return 'This server stopped before the host answered.'
  const cause = error instanceof Error ? error.cause : undefined
  const code = [cause, error].flatMap((one) =>
    typeof one === 'object' && one !== null && 'code' in one ? [String(one.code)] : [],
  )[0]
  return code === undefined ? 'The host cannot be reached.' : `The host cannot be reached (${code}).`
}
