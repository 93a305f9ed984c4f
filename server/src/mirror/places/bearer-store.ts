/**
 * The object stores that take a bearer token and the object in one PUT: Google Cloud Storage and Azure Blob.
 *
 * Owns: what is the same in both. What is different stands in `google-storage.ts` and `azure-blob.ts`.
 */
import { ask, refused } from '../ask.ts'
import type { MirrorDocument, Place } from '../mirror.ts'
import type { AccessToken } from '../pass/pass.ts'

export interface BearerStore {
  readonly fetch: typeof globalThis.fetch
  /** As the beginning of a sentence. */
  readonly who: string
  /** Of the folder of the documents, without a slash at its end. */
  readonly url: string
  readonly pass: AccessToken
  /** With each request. */
  readonly headers: Readonly<Record<string, string>>
  readonly headersOf: (document: MirrorDocument) => Readonly<Record<string, string>>
  /** What it answers when the object is stored. */
  readonly storedStatus: number
  /** What it answers when there is no such object. */
  readonly missingStatuses: readonly number[]
}

export function bearerStorePlace(store: BearerStore): Place {
  const { fetch, who, pass } = store
  const headers = { ...store.headers, authorization: `Bearer ${pass.accessToken}` }
  return {
    keepsHeaders: true,
    goodUntil: pass.goodUntil,
    async read(path, signal) {
      const url = `${store.url}${path}`
      const answer = await ask(fetch, who, { url, headers }, signal)
      if (store.missingStatuses.includes(answer.status)) return undefined
      if (answer.status !== 200) throw refused(who, `GET ${url}`, answer)
      const { body } = answer
      return {
        body,
        contentType: answer.headers.get('content-type'),
        cacheControl: answer.headers.get('cache-control'),
      }
    },
    async write(document, signal) {
      const url = `${store.url}${document.path}`
      const request = {
        method: 'PUT',
        url,
        headers: { ...headers, ...store.headersOf(document) },
        body: document.body,
      }
      const answer = await ask(fetch, who, request, signal)
      if (answer.status !== store.storedStatus) throw refused(who, `PUT ${url}`, answer)
    },
  }
}
