/**
 * Server-sent events as they come over a connection that `fetch` opened. `EventSource` would hide why a server refused,
 * and would ask again for ever.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export interface StreamEvent {
  readonly event: string
  /** Where to go on after it. */
  readonly id: string | undefined
  readonly data: unknown
}

/** Cuts a text that comes in pieces into events; what has no end yet waits for more. */
export function eventReader(): (piece: string) => StreamEvent[] {
  let rest = ''
  return (piece) => {
    const blocks = (rest + piece).split('\n\n')
    rest = blocks.pop() ?? ''
    return blocks.flatMap((block) => eventOf(block) ?? [])
  }
}

/** Undefined for what tells nothing: a comment, or the wish of the server when to come back. */
function eventOf(block: string): StreamEvent | undefined {
  const fields = new Map<string, string>()
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).replace(/^ /, ''))
  }
  const event = fields.get('event')
  if (event === undefined) return undefined
  return { event, id: fields.get('id'), data: JSON.parse(fields.get('data') ?? 'null') }
}
