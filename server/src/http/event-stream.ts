/**
 * Server-sent events: an answer that goes on, as fast as the client reads, until there is no more or somebody ends it.
 *
 * Owns: the format, that something is sent every few seconds, and an orderly end. Does not own: what is told.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

export interface StreamedEvent {
  readonly event: string
  /** What a client sends as `Last-Event-ID` when it comes back. */
  readonly id?: string
  readonly data: unknown
}

/** Nothing happened, and proxies are to know that the connection is alive. */
export const ALIVE = 'alive'
export const ALIVE_EVERY_MS = 15_000
/** After which a client that lost the connection comes back, where it is one that does so by itself. */
const RETRY_MS = 1_000
const PIECE_BYTES = 64 * 1024
/** For a client that does not read: what it is owed is not waited for longer. */
const LAST_WORDS_MS = 2_000

/** @param ended Aborted when nothing more is to be sent. */
export function sendEvents(
  reply: FastifyReply,
  events: AsyncIterable<StreamedEvent | typeof ALIVE>,
  ended: AbortSignal,
): FastifyReply {
  const stream = Readable.from(written(events), { objectMode: false, highWaterMark: PIECE_BYTES })
  const onEnd = (): void => void setTimeout(() => stream.destroy(), LAST_WORDS_MS).unref()
  if (ended.aborted) onEnd()
  else ended.addEventListener('abort', onEnd, { once: true })
  reply.raw.once('close', () => ended.removeEventListener('abort', onEnd))
  return (
    reply
      .type('text/event-stream; charset=utf-8')
      // A connection that was kept would hold up a server that stops.
      .header('connection', 'close')
      .headers({
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
        'x-content-type-options': 'nosniff',
      })
      .send(stream)
  )
}

async function* written(events: AsyncIterable<StreamedEvent | typeof ALIVE>): AsyncGenerator<Buffer> {
  yield Buffer.from(`retry: ${RETRY_MS}\n\n`)
  for await (const one of events) yield Buffer.from(one === ALIVE ? ': alive\n\n' : textOf(one))
}

/** JSON has no line break of its own, so that the data is one line. */
function textOf({ event, id, data }: StreamedEvent): string {
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}
