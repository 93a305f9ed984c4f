/** Fetches one small JSON object, as a relying party should: no redirects, 5 seconds, bounded in size. */

export type FetchJsonResult =
  | {
      readonly ok: true
      readonly value: Readonly<Record<string, unknown>>
      /** From `Cache-Control`; 0 for `no-store` and `no-cache`, undefined when it does not say. */
      readonly maxAgeSeconds: number | undefined
    }
  | { readonly ok: false; readonly problem: 'unreachable' | 'unusable'; readonly detail: string }

/** As AWS documents: an issuer that takes longer is not reached. */
const TIMEOUT_MILLISECONDS = 5_000
const LARGEST_BYTES = 512 * 1024

export async function fetchJson(url: string, fetch: typeof globalThis.fetch): Promise<FetchJsonResult> {
  let response: Response
  let text: string | undefined
  try {
    response = await fetch(url, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    })
    text = await boundedText(response)
  } catch (error) {
    return { ok: false, problem: 'unreachable', detail: `${url} cannot be reached: ${reasonOf(error)}.` }
  }
  if (response.status !== 200 || text === undefined) {
    return {
      ok: false,
      problem: 'unusable',
      detail: `${url} answered ${response.status}${text === undefined ? ', too much' : ''}.`,
    }
  }
  const value = parsed(text)
  if (!value) return { ok: false, problem: 'unusable', detail: `${url} is no JSON object.` }
  return { ok: true, value, maxAgeSeconds: maxAgeOf(response.headers.get('cache-control')) }
}

/** Undefined when there is more than an issuer ever has to say. */
async function boundedText(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > LARGEST_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export function maxAgeOf(cacheControl: string | null): number | undefined {
  if (cacheControl === null) return undefined
  if (/(?:^|[\s,])no-(?:store|cache)(?:$|[\s,=])/i.test(cacheControl)) return 0
  const [, seconds] = /(?:^|[\s,])max-age="?([0-9]{1,9})"?(?:$|[\s,])/i.exec(cacheControl) ?? []
  return seconds === undefined ? undefined : Number(seconds)
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return value as Readonly<Record<string, unknown>>
  } catch {
    return undefined
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason'
  const cause = error.cause instanceof Error ? error.cause : error
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.name
}
