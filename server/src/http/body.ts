/**
 * Request bodies: JSON, perhaps gzip, perhaps none at all.
 *
 * The Pulumi CLI says `application/json` on every call, also without a body, sends bare strings and `null`, and
 * compresses what may be large. Two limits guard us: one for the bytes as sent, one for the bytes inflated.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { bodyLimitOf, bodyTooLarge } from './body-limit.ts'
import { EdgeRefusal } from './errors.ts'
import { InflatedTooLarge, inflated, NotGzip } from './inflate.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The handler gets the inflated bytes as a Buffer (empty when there were none), unparsed. */
    rawBody?: true
    /** The handler gets a {@link SentBody}: the inflated bytes, and the gzip that they came in. */
    sentBody?: true
  }
}

export interface SentBody {
  /** Inflated. */
  readonly bytes: Buffer
  /** As it came, when it came as gzip. */
  readonly gzip: Buffer | undefined
}

/** JSON, also of a kind of its own. */
export const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json\b/i

export function requestBodies(app: FastifyInstance): void {
  // Without a body no parser runs, and such a handler would find nothing where it reads bytes.
  app.addHook('preValidation', async (request) => {
    const { config } = request.routeOptions
    if (request.body !== undefined && request.body !== null) return
    if (config.sentBody === true) request.body = { bytes: NO_BYTES, gzip: undefined } satisfies SentBody
    else if (config.rawBody === true) request.body = NO_BYTES
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, readBody)
  // Some clients send bytes and say nothing about them.
  app.addContentTypeParser('*', { parseAs: 'buffer' }, async (request: FastifyRequest, sent: Buffer) => {
    if (sent.length > 0) refuseOtherTypes(request)
    return readBody(request, sent)
  })
}

/** @throws {EdgeRefusal} for a body that says it is neither JSON nor just bytes. */
export function refuseOtherTypes({ headers }: FastifyRequest): void {
  const type = headers['content-type']
  if (type === undefined || type === 'application/octet-stream') return
  throw new EdgeRefusal(
    415,
    'unsupported_media_type',
    'Send the body as JSON, with the header "Content-Type: application/json".',
  )
}

const NO_BYTES = Buffer.alloc(0)

async function readBody(request: FastifyRequest, sent: Buffer): Promise<unknown> {
  const { config } = request.routeOptions
  const bytes = sent.length > 0 && isGzip(request) ? await inflate(request, sent) : sent
  if (config.sentBody === true) return { bytes, gzip: bytes === sent ? undefined : sent } satisfies SentBody
  if (config.rawBody === true) return bytes
  // What a job prints, and what a runner calls itself, is made fit by its slice.
  const keepsAnyText = config.jobToken !== undefined || config.runnerToken === true
  return bytes.length === 0 ? null : parseJson(bytes.toString('utf8'), keepsAnyText)
}

/** @throws {EdgeRefusal} for another encoding. */
export function isGzip({ headers }: FastifyRequest): boolean {
  switch (headers['content-encoding']?.toLowerCase() ?? 'identity') {
    case 'identity':
      return false
    case 'gzip':
    case 'x-gzip':
      return true
    default:
      throw new EdgeRefusal(
        400,
        'unknown_encoding',
        'The body is compressed in a way other than gzip: send gzip or none.',
      )
  }
}

async function inflate(request: FastifyRequest, sent: Buffer): Promise<Buffer> {
  try {
    return await inflated(sent, bodyLimitOf(request))
  } catch (error) {
    throw inflateRefusal(request, error)
  }
}

/** What it means for the client that its body could not be inflated; another error stays as it is. */
export function inflateRefusal(request: FastifyRequest, error: unknown): unknown {
  if (error instanceof InflatedTooLarge) {
    const { reason, message } = bodyTooLarge(request)
    return new EdgeRefusal(413, reason, message)
  }
  if (error instanceof NotGzip) {
    return new EdgeRefusal(400, 'malformed_body', 'The body says that it is gzip and is not.')
  }
  return error
}

/** Names only the place of a fault: the text around it may be a secret. */
function parseJson(text: string, keepsAnyText: boolean): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    const place = / at position \d+/.exec(error instanceof Error ? error.message : '')?.[0] ?? ''
    throw new EdgeRefusal(
      400,
      'malformed_body',
      `The body is not valid JSON${place && ` (${place.trim()})`}.`,
    )
  }
  // Copied into another object, such a key would change what that object inherits.
  if (
    /__proto__|\\u00[5-7]/i.test(text) &&
    some(value, (one) => isObject(one) && Object.hasOwn(one, '__proto__'))
  ) {
    throw new EdgeRefusal(400, 'malformed_body', 'The body has a field "__proto__", which is not allowed.')
  }
  if (!keepsAnyText && /\\u0000|\\ud[89a-f]/i.test(text) && some(value, isNoText)) {
    throw new EdgeRefusal(
      400,
      'malformed_body',
      'The body has a text with a NUL character or with half of a surrogate pair, which cannot be kept.',
    )
  }
  return value
}

/** PostgreSQL keeps neither. */
function isNoText(value: unknown): boolean {
  if (isObject(value)) return Object.keys(value).some(isNoText)
  return typeof value === 'string' && (value.includes('\0') || !value.isWellFormed())
}

/** Without recursion: a body of a megabyte may be nested half a million deep. */
function some(value: unknown, is: (one: unknown) => boolean): boolean {
  const waiting: unknown[] = [value]
  while (waiting.length > 0) {
    const one = waiting.pop()
    if (is(one)) return true
    if (isObject(one)) for (const child of Object.values(one)) waiting.push(child)
  }
  return false
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
