/** How pages are sent, and their forms received. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Page } from './page.ts'

/** A form with a token, a number and a few words. */
const FORM_BYTES = 4 * 1024

/** For the routes of a plugin of its own: nothing else of the server reads forms. */
export function readForms(pages: FastifyInstance): void {
  pages.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: FORM_BYTES },
    async (_request: FastifyRequest, text: string) => Object.fromEntries(new URLSearchParams(text)),
  )
}

/** A name that stands twice in a link means nothing. */
export function oneOfEach(query: Readonly<Record<string, unknown>>): Record<string, string> {
  const single = Object.entries(query).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return Object.fromEntries(single)
}

/** Browsers say where a form comes from, and pages cannot make them lie. */
export function isFromOurPage({ headers }: FastifyRequest, ownOrigin: string): boolean {
  return headers['sec-fetch-site'] === 'same-origin' || headers.origin === ownOrigin
}

export function showPage(
  reply: FastifyReply,
  status: number,
  { html, contentSecurityPolicy }: Page,
  referrerPolicy: ReferrerPolicy = 'same-origin',
): FastifyReply {
  return withPageHeaders(reply, referrerPolicy)
    .header('content-security-policy', contentSecurityPolicy)
    .code(status)
    .type('text/html; charset=utf-8')
    .send(html)
}

/** `same-origin`: a form says its origin to us; nothing is said to anybody else. */
type ReferrerPolicy = 'same-origin' | 'origin'

export function withPageHeaders(
  reply: FastifyReply,
  referrerPolicy: ReferrerPolicy = 'same-origin',
): FastifyReply {
  return reply.headers({
    'cache-control': 'no-store',
    'referrer-policy': referrerPolicy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  })
}
