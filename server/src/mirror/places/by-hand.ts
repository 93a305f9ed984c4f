/** A person uploads: nothing is written, and what the issuer's URL answers shows whether it was done. */
import { ask, refused } from '../ask.ts'
import { type Place, PublishError } from '../mirror.ts'

export function byHandPlace(issuerUrl: string, fetch: typeof globalThis.fetch): Place {
  return {
    keepsHeaders: false,
    goodUntil: undefined,
    async read(path, signal) {
      const url = `${issuerUrl}${path}`
      const answer = await ask(fetch, url, { url }, signal)
      if (answer.status === 404 || answer.status === 403) return undefined
      if (answer.status !== 200) throw refused('The mirror', `GET ${url}`, answer)
      return { body: answer.body, contentType: null, cacheControl: null }
    },
    write({ path }) {
      throw new PublishError(
        'by_hand',
        `${issuerUrl}${path} is not what it should be: upload the two documents that \`daypass issuer publish --print\` shows.`,
      )
    },
  }
}
