/**
 * Any host that takes a PUT: nginx, Apache, a WebDAV share, the filer of an object store.
 *
 * It believes a token of ours for its audience, or a header that lies in a private file. Folders that a WebDAV host misses
 * are made (RFC 4918, section 9.3); what is published is read without a word about ourselves, for everybody may.
 */
import { type Asked, ask, refused } from '../ask.ts'
import { type MirrorDocument, type Place, PublishError } from '../mirror.ts'

export interface PutServices {
  readonly fetch: typeof globalThis.fetch
  /** Without a slash at its end. */
  readonly url: string
  /** Names and values that say who we are. */
  readonly authorization: Readonly<Record<string, string>>
  readonly goodUntil: Date | undefined
}

export function putPlace({ fetch, url: base, authorization, goodUntil }: PutServices): Place {
  const who = `The mirror at ${base}`
  const call = (request: Asked, signal: AbortSignal) => ask(fetch, who, request, signal)

  async function put(url: string, { body, contentType, cacheControl }: MirrorDocument, signal: AbortSignal) {
    const headers = { ...authorization, 'content-type': contentType, 'cache-control': cacheControl }
    return call({ method: 'PUT', url, headers, body }, signal)
  }

  /** From the outermost: RFC 4918, section 9.3.1 answers 409 as long as the one around it is missing. */
  async function makeFolders(path: string, signal: AbortSignal): Promise<void> {
    const names = path.split('/').slice(1, -1)
    for (const [index] of ['', ...names].entries()) {
      const url = `${base}/${names
        .slice(0, index)
        .map((name) => `${name}/`)
        .join('')}`
      const answer = await call({ method: 'MKCOL', url, headers: authorization }, signal)
      // 405: it is there already (the same section).
      if (answer.status >= 300 && answer.status !== 405) throw refused(who, `MKCOL ${url}`, answer)
    }
  }

  return {
    keepsHeaders: false,
    goodUntil,
    async read(path, signal) {
      const url = `${base}${path}`
      let answer = await call({ url }, signal)
      if (answer.status === 401 || answer.status === 403)
        answer = await call({ url, headers: authorization }, signal)
      if (answer.status === 404) return undefined
      if (answer.status !== 200) throw refused(who, `GET ${url}`, answer)
      return { body: answer.body, contentType: null, cacheControl: null }
    },
    async write(document, signal) {
      const url = `${base}${document.path}`
      let answer = await put(url, document, signal)
      if (answer.status === 409) {
        await makeFolders(document.path, signal)
        answer = await put(url, document, signal)
      }
      if (answer.status >= 200 && answer.status < 300) return
      if (answer.status >= 300 && answer.status < 400) {
        throw new PublishError(
          'target_refused',
          `${who} redirects a PUT, and what proves who we are does not travel on: say the address that it redirects to.`,
          answer.status,
        )
      }
      throw refused(who, `PUT ${url}`, answer)
    },
  }
}
