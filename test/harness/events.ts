/** A client of server-sent events, as small as the format. */
export interface ReadEvent {
  readonly event: string
  readonly id: string | undefined
  // biome-ignore lint/suspicious/noExplicitAny: an event's shape is what a test asserts
  readonly data: any
}

export interface EventReader {
  readonly status: number
  /** The next one; undefined at the end, however it came. */
  next(): Promise<ReadEvent | undefined>
  close(): void
}

export async function openEvents(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<EventReader> {
  const gone = new AbortController()
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', ...headers },
    signal: gone.signal,
  })
  const events = parsed(response.body)
  return {
    status: response.status,
    next: async () => {
      const { value, done } = await events.next()
      return done === true ? undefined : value
    },
    close: () => gone.abort(),
  }
}

async function* parsed(body: ReadableStream<Uint8Array> | null): AsyncGenerator<ReadEvent, undefined> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const piece of body ?? []) {
      text += decoder.decode(piece, { stream: true })
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const fields = fieldsOf(text.slice(0, end))
        text = text.slice(end + 2)
        const event = fields.get('event')
        if (event !== undefined)
          yield { event, id: fields.get('id'), data: JSON.parse(fields.get('data') ?? 'null') }
      }
    }
  } catch {
    // A connection that broke ends as one that was closed: what counts is what came.
  }
}

function fieldsOf(block: string): Map<string, string> {
  return new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ')
      return [line.slice(0, colon), line.slice(colon + 2)]
    }),
  )
}
