/** One HTTP request to a mirror or to a cloud: no redirect is followed with a token, nothing is endless. */
import { PublishError } from './mirror.ts'

export interface Asked {
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Buffer | URLSearchParams | string
}

export interface Answered {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

/** More than any document of ours, and than what a cloud answers. */
const MOST_BYTES = 512 * 1024
const CALL_LIMIT_MS = 15_000

/** @param who As the beginning of a sentence. @throws {PublishError} when nobody answers, or without an end. */
export async function ask(
  fetch: typeof globalThis.fetch,
  who: string,
  { url, ...request }: Asked,
  signal: AbortSignal,
): Promise<Answered> {
  try {
    const response = await fetch(url, {
      ...request,
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(CALL_LIMIT_MS)]),
    })
    return { status: response.status, headers: response.headers, body: await limitedBody(response) }
  } catch (error) {
    if (error instanceof PublishError) throw error
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new PublishError('target_unreachable', `${who} does not answer (${reason}).`)
  }
}

async function limitedBody({ url, body }: Response): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body ?? []) {
    bytes += part.length
    if (bytes > MOST_BYTES)
      throw new PublishError('target_refused', `${url} answers more than ${MOST_BYTES} bytes.`)
    parts.push(part)
  }
  return Buffer.concat(parts)
}

/** A refusal of a store in a sentence; what it says itself is cut short and shown without control characters. */
export function refused(who: string, doing: string, { status, body }: Answered): PublishError {
  const said = body
    .toString('utf8')
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, 300)
  const why = said === '' ? '' : `: ${said}`
  return new PublishError('target_refused', `${who} answers ${status} to ${doing}${why}`, status)
}
