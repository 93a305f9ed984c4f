/** One document of an issuer, fetched as a relying party fetches it. */
import { jsonObject } from '@daypass/contract/json-object.ts'
import type { CheckOptions, Finding } from './finding.ts'

const TIMEOUT_MS = 15_000
/** AWS gives up after 5 seconds; others are not much more patient. */
const SLOW_MS = 2_000
const LARGEST_BYTES = 512 * 1024

export interface Fetched {
  readonly findings: readonly Finding[]
  /** Undefined when there was none to be had, or it is no JSON object. */
  readonly document: Readonly<Record<string, unknown>> | undefined
  readonly cacheControl: string | null
}

/** @param check What is looked at: `discovery` or `keys`. */
export async function fetchDocument(
  check: string,
  url: string,
  { fetch, monotonicMs }: Pick<CheckOptions, 'fetch' | 'monotonicMs'>,
): Promise<Fetched> {
  const failed = (sentence: string): Fetched => ({
    findings: [{ check, verdict: 'failed', sentence }],
    document: undefined,
    cacheControl: null,
  })
  const begun = monotonicMs()
  let response: Response
  try {
    response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (error) {
    return failed(`${url} does not answer: ${reasonOf(error)}.`)
  }
  if (response.status >= 300 && response.status < 400)
    return failed(`${url} redirects; relying parties do not follow. It must answer there itself.`)
  if (response.status !== 200) return failed(`${url} answers ${response.status}, not 200.`)
  const text = await response.text().catch((error: unknown) => reasonOf(error))
  const tookMs = Math.round(monotonicMs() - begun)
  const document = text.length > LARGEST_BYTES ? undefined : jsonObject(text)
  if (!document) return failed(`${url} answers no JSON object.`)
  return {
    document,
    cacheControl: response.headers.get('cache-control'),
    findings: [
      typeFinding(check, url, response.headers.get('content-type')),
      timeFinding(check, url, tookMs),
    ],
  }
}

function typeFinding(check: string, url: string, contentType: string | null): Finding {
  const isJson = /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType ?? '')
  return {
    check: `${check}-type`,
    verdict: isJson ? 'ok' : 'warning',
    sentence: isJson
      ? `${url} answers JSON.`
      : `${url} answers with content type ${contentType ?? 'none'}; some relying parties take application/json only.`,
  }
}

function timeFinding(check: string, url: string, tookMs: number): Finding {
  const isSlow = tookMs > SLOW_MS
  return {
    check: `${check}-time`,
    verdict: isSlow ? 'warning' : 'ok',
    sentence: `${url} took ${tookMs} ms${isSlow ? '; AWS gives up after 5 seconds' : ''}.`,
  }
}

/** A failed fetch says little itself; its cause says that the certificate is not trusted, or the name unknown. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}
