import { expect, test } from 'vitest'
import { entriesIn, inSequence, type JournalEntry } from './entry.ts'

const begin = { version: 1, kind: 0, sequenceID: 1, operationID: 1, removeOld: null, removeNew: null }

function read(...entries: unknown[]): JournalEntry[] {
  return entriesIn(Buffer.from(JSON.stringify({ entries })))
}

test('a request without entries has none', () => {
  for (const body of ['{}', '{"entries":null}', '{"entries":[]}']) {
    expect(entriesIn(Buffer.from(body)), body).toEqual([])
  }
})

test('a null is an absent place, and 0 is a place', () => {
  const [entry] = read({ ...begin, kind: 1, removeOld: 0 })
  expect(entry).toMatchObject({ kind: 1, removeOld: 0, removeNew: undefined, deleteOld: undefined })
})

test.each([
  ['a version that is not ours', { ...begin, version: 2 }, /version 2 .*PULUMI_DISABLE_JOURNALING/],
  ['no version', { ...begin, version: undefined }, /version undefined/],
  ['a kind that nobody knows', { ...begin, kind: 10 }, /kind 10 .*PULUMI_DISABLE_JOURNALING/],
  ['no kind', { ...begin, kind: undefined }, /kind undefined/],
  ['no sequence number', { ...begin, sequenceID: undefined }, /"sequenceID"/],
  ['sequence number 0', { ...begin, sequenceID: 0 }, /"sequenceID"/],
  ['a place before the first', { ...begin, removeOld: -1 }, /"removeOld" must be a whole number/],
  ['a place between two', { ...begin, removeNew: 1.5 }, /"removeNew" must be a whole number/],
  [
    'a number too large to be exact',
    { ...begin, operationID: 2 ** 53 },
    /"operationID" must be a whole number/,
  ],
  ['a state that is no object', { ...begin, kind: 1, state: [] }, /an object was expected/],
  ['a state without URN', { ...begin, kind: 1, state: { type: 't' } }, /must have a "urn"/],
  [
    'dependencies that are no list',
    { ...begin, kind: 1, state: { urn: 'u', dependencies: 'x' } },
    /"dependencies"/,
  ],
  [
    'property dependencies that are no lists',
    { ...begin, kind: 1, state: { urn: 'u', propertyDependencies: { a: [1] } } },
    /"propertyDependencies.a" must be a list of strings/,
  ],
  [
    'an operation without resource',
    { ...begin, operation: { type: 'creating' } },
    /"resource" must be a resource/,
  ],
  ['a snapshot with half a resource', { ...begin, kind: 5, newSnapshot: { resources: [{}] } }, /"urn"/],
  ['a snippet that is no object', { ...begin, kind: 9, snippets: [1] }, /an object was expected/],
])('%s is refused with a sentence', (_, entry, sentence) => {
  expect(() => read(entry)).toThrow(sentence)
})

test('entries are put in sequence, and one that came twice counts once', () => {
  const entries = read(...[3, 1, 2, 1, 3].map((sequenceID) => ({ ...begin, sequenceID })))
  expect(inSequence(entries).map(({ sequenceId }) => sequenceId)).toEqual([1, 2, 3])
  const [first, second] = read({ ...begin, operationID: 1 }, { ...begin, operationID: 2 })
  if (first === undefined || second === undefined) throw new Error('two were read')
  expect(inSequence([first, second])).toEqual([first])
})
