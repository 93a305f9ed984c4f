/**
 * The day pass of the server itself, for the place where it publishes: a token of ours, exchanged as a job's is.
 *
 * Owns: what the exchanges have in common. Does not own: what each cloud is asked (trust), nor the token (../../issuer).
 */
import { jsonObject } from '@daypass/contract/json-object.ts'
import type { MintedToken } from '../../issuer/issuer.ts'
import { type Answered, type Asked, ask } from '../ask.ts'
import { PublishError } from '../mirror.ts'

export interface PassServices {
  readonly fetch: typeof globalThis.fetch
  readonly now: () => Date
  readonly issuerUrl: string
  /** A fresh one with each call. */
  readonly mint: (audience: string) => Promise<MintedToken>
}

/** A bearer token of a cloud. */
export interface AccessToken {
  readonly accessToken: string
  readonly goodUntil: Date
}

/** A form of a token exchange: RFC 6749, section 3.2. */
export function postForm(
  { fetch }: Pick<PassServices, 'fetch'>,
  who: string,
  { url, body }: Pick<Asked, 'url'> & { readonly body: URLSearchParams },
  signal: AbortSignal,
): Promise<Answered> {
  return ask(
    fetch,
    who,
    { method: 'POST', url, headers: { accept: 'application/json, text/xml' }, body },
    signal,
  )
}

/** @returns The members of an answer in JSON; none for another answer. */
export function members({ body }: Answered): Readonly<Record<string, unknown>> {
  return jsonObject(body.toString('utf8')) ?? {}
}

/** @param explained Undefined: it said nothing that we know. */
export function passRefused(
  who: string,
  { status }: Answered,
  explained: { readonly sentence: string; readonly mend: string } | undefined,
): PublishError {
  if (!explained)
    return new PublishError('pass_refused', `${who} answers ${status} without an error that we know.`, status)
  return new PublishError('pass_refused', `${explained.sentence} ${explained.mend}`, status)
}

/** The cloud's clock may be another than ours: what counts is how much later than its answer it is. */
export function byOurClock(expiresAt: Date, headers: Headers, now: Date): Date {
  const answeredAt = Date.parse(headers.get('date') ?? '')
  const leftMs = expiresAt.getTime() - (Number.isNaN(answeredAt) ? now.getTime() : answeredAt)
  return new Date(now.getTime() + Math.max(0, leftMs))
}
