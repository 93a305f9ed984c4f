/**
 * The one door to the server: requests typed by our OpenAPI document. There is no private API behind it; whatever the
 * console does, a script can do with an access token. The session is a cookie that no script can read.
 */
import createClient, { type Middleware } from 'openapi-fetch'
import { basePath } from './base.ts'
import { refusalOf, unreachable } from './refusal.ts'
import type { paths } from './schema.d.ts'

/** A page of another origin cannot send it without being asked, so it stands on everything that changes something. */
export const OWN_HEADERS = { 'X-Daypass-Console': '1' } as const

/** Every answer that is not a success throws, so that callers have data or nothing. */
const refuse: Middleware = {
  async onResponse({ response }) {
    if (response.ok) return response
    throw refusalOf(response.status, await response.json().catch(() => undefined))
  },
  onError: ({ error }) => (isAbort(error) ? undefined : unreachable()),
}

export const api = createClient<paths>({
  baseUrl: `${window.location.origin}${basePath.replace(/\/$/, '')}`,
  headers: { ...OWN_HEADERS, Accept: 'application/vnd.pulumi+8' },
  credentials: 'same-origin',
})
api.use(refuse)

/** A request that our document does not describe the answer of; `what` says what is expected, for whoever reads it. */
export async function read<Expected>(path: string, init: RequestInit = {}): Promise<Expected> {
  const response = await ask(path, init)
  return (response.status === 204 ? undefined : await response.json()) as Expected
}

/** An answer that goes on: server-sent events. @param lastId of the last event that came before; empty for none */
export function openStream(path: string, lastId: string, signal: AbortSignal): Promise<Response> {
  const place = lastId === '' ? {} : { 'Last-Event-ID': lastId }
  return ask(path, { signal, headers: { Accept: 'text/event-stream', ...place } })
}

async function ask(path: string, init: RequestInit): Promise<Response> {
  const response = await fetch(`${basePath}${path}`, {
    credentials: 'same-origin',
    ...init,
    headers: { ...OWN_HEADERS, Accept: 'application/vnd.pulumi+8', ...init.headers },
  }).catch((error: unknown) => {
    throw isAbort(error) ? error : unreachable()
  })
  if (!response.ok) throw refusalOf(response.status, await response.json().catch(() => undefined))
  return response
}

/** The data of an answer that `refuse` has let through. */
export function dataOf<Data>(answer: { data?: Data | undefined }): Data {
  return answer.data as Data
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError'
}
