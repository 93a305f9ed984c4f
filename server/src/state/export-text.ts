/** A state as it goes out, piece by piece: the text as it stands, but for where its secrets are to be opened. */
import { jsonScan } from './json-scan.ts'
import { edited, isObject, membersOf, type Span, textOf } from './json-span.ts'
import type { Pieces } from './state-chunks.ts'
import type { PassingState } from './stored-state.ts'

/** Where a client finds the service that its secrets belong to: the canonical URL and the stack's present names. */
export interface SecretsPlace {
  readonly url: string
  readonly owner: string
  readonly project: string
  readonly stack: string
}

/** `{"version":3,"deployment":{…}}`, with the service's secrets provider pointing to where the stack is now. */
export async function* exportPieces(state: PassingState, place: SecretsPlace): AsyncGenerator<Buffer> {
  const { schemaVersion, features } = state
  const named = features.length > 0 ? `,"features":${JSON.stringify(features)}` : ''
  yield Buffer.from(`{"version":${schemaVersion}${named},"deployment":`)
  yield* withSecretsPlace(state.text, place)
  yield Buffer.from('}')
}

/** Only the provider's own text is ever held, and nothing behind it is looked at: keys were checked on the way in. */
async function* withSecretsPlace(deployment: Pieces, place: SecretsPlace): AsyncGenerator<Buffer> {
  let start = Number.POSITIVE_INFINITY
  let end = Number.POSITIVE_INFINITY
  const scan = jsonScan(1, {
    begin(depth, key, at) {
      if (depth === 1 && key === 'secrets_providers') start = at
    },
    end(depth, at) {
      if (depth === 1 && start < at && at < end) end = at
    },
  })
  const held: Buffer[] = []
  let passed = 0
  for await (const piece of deployment) {
    if (passed >= end) {
      yield piece
      continue
    }
    scan.push(piece)
    const within = (at: number): number => Math.min(Math.max(at - passed, 0), piece.length)
    if (within(start) > 0) yield piece.subarray(0, within(start))
    held.push(piece.subarray(within(start), within(end)))
    passed += piece.length
    if (passed < end) continue
    yield placed(Buffer.concat(held), place)
    const rest = piece.subarray(piece.length - (passed - end))
    if (rest.length > 0) yield rest
  }
}

/**
 * The CLI looks up credentials for exactly the URL in the state and calls it with the names in the state, so a state
 * that was written through another address, or before a rename, would not open.
 */
function placed(provider: Buffer, place: SecretsPlace): Buffer {
  const members = objectIn(provider, { start: 0, end: provider.length })
  const type = members?.get('type')
  if (!members || !type || JSON.parse(textOf(provider, type)) !== 'service') return provider
  const state = objectIn(provider, members.get('state'))
  if (!state) return provider
  const edits = Object.entries(place).flatMap(([key, value]) => {
    const span = state.get(key)
    return span ? [{ ...span, text: JSON.stringify(value) }] : []
  })
  return edited(provider, edits)
}

function objectIn(bytes: Buffer, span: Span | undefined): Map<string, Span> | undefined {
  return span && isObject(bytes, span) ? membersOf(bytes, span) : undefined
}
