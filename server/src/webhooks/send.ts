/** One attempt: sign, post, and say what became of it. */
import { createHmac } from 'node:crypto'
import type { Attempt } from './delivery.sql.ts'
import type { Post } from './post.ts'

export interface Sending {
  /** Of the delivery: the same in every attempt, so that a receiver can tell what it has had. */
  readonly id: string
  readonly kind: string
  readonly payload: string
  readonly payloadUrl: string
  readonly secret: Buffer | undefined
}

export interface Sent extends Attempt {
  readonly result: 'arrived' | 'try-again' | 'final' | 'aborted'
}

export interface SendServices {
  readonly post: Post
  readonly now: () => Date
}

/** Lower-case hex of HMAC-SHA256 over the body as it is sent, without a prefix. */
export function signatureOf(body: Buffer, secret: Buffer): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}

export async function send(
  { post, now }: SendServices,
  { id, kind, payload, payloadUrl, secret }: Sending,
  signal?: AbortSignal,
): Promise<Sent> {
  const body = Buffer.from(payload)
  const headers = {
    'Content-Type': 'application/json',
    'User-Agent': 'Daypass-Webhooks',
    'Pulumi-Webhook-ID': id,
    'Pulumi-Webhook-Kind': kind,
    ...(secret && { 'Pulumi-Webhook-Signature': signatureOf(body, secret) }),
  }
  const began = now().getTime()
  const outcome = await post({ url: payloadUrl, headers, body, ...(signal && { signal }) })
  const durationMs = Math.max(0, now().getTime() - began)
  const requestHeaders = Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
  const asked = { durationMs, requestUrl: payloadUrl, requestHeaders }
  if (outcome.kind === 'answered') {
    const { status, headers: responseHeaders, body: responseBody } = outcome
    const result = status >= 200 && status < 300 ? 'arrived' : 'try-again'
    return { ...asked, result, responseCode: status, responseHeaders, responseBody }
  }
  const none = { ...asked, responseCode: 0, responseHeaders: '' }
  if (outcome.kind === 'aborted') return { ...none, result: 'aborted', responseBody: '' }
  return { ...none, result: outcome.final ? 'final' : 'try-again', responseBody: outcome.sentence }
}
