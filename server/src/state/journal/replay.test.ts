import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import { entriesIn, inSequence } from './entry.ts'
import type { BaseState } from './replay.ts'
import { type ReplayedText, replayedText as replay } from './replayed-text.ts'

const now = new Date('2030-01-01T00:00:00Z')
const options = { cliVersion: 'v3.259.0', now }
const PROVIDER = 'urn:pulumi:dev::proj::pulumi:providers:x::p'

const urn = (name: string, type = 'x:i:T'): string => `urn:pulumi:dev::proj::${type}::${name}`

function resource(name: string, more: object = {}): { urn: string; type: string } {
  return { urn: urn(name), type: 'x:i:T', ...more }
}

function base(members: object | string, label: Partial<BaseState> = {}): BaseState {
  const text = typeof members === 'string' ? members : JSON.stringify(members)
  return { schemaVersion: 3, features: [], deployment: Buffer.from(text), ...label }
}

/** Entries get their sequence from their place. */
function replayed(before: BaseState | undefined, entries: readonly object[]): ReplayedText {
  const numbered = entries.map((entry, at) => ({
    version: 1,
    sequenceID: at + 1,
    operationID: at + 1,
    ...entry,
  }))
  return replay(before, inSequence(entriesIn(Buffer.from(JSON.stringify({ entries: numbered })))), options)
}

function members(state: ReplayedText): Record<string, unknown> {
  return JSON.parse(state.deployment.toString())
}

test('without a state and without entries there is an empty state with a manifest', () => {
  const magic = createHash('sha256').update('v3.259.0').digest('hex')
  expect(members(replayed(undefined, []))).toEqual({
    manifest: { time: '2030-01-01T00:00:00.000Z', magic, version: 'v3.259.0' },
    metadata: {},
  })
  const unsaid = replay(undefined, [], { cliVersion: '', now })
  expect(members(unsaid)['manifest']).toMatchObject({ magic: '', version: '' })
})

test('what the entries do not touch keeps its text, down to numbers and half a surrogate', () => {
  const odd =
    `{"urn":"${urn('a')}","type":"x:i:T","inputs":{"n":9007199254740993,"z":-0,"big":1e400,"half":"\\ud800",` +
    '"one":1.0},"ofALaterSchema":[{"deep":1e-400}]}'
  const before = base(
    `{"manifest":{"time":"t","magic":"","version":""},"resources":[ ${odd} ],"later":{"x":-0},"metadata":{"y":1.0}}`,
  )
  const state = replayed(before, [{ kind: 1, state: resource('new') }])
  const text = state.deployment.toString()
  expect(text).toContain(odd)
  expect(text).toContain('"later":{"x":-0}')
  expect(text).toContain('"metadata":{"y":1.0}')
  expect(state).toMatchObject({
    resourceCount: 2,
    schemaVersion: 3,
    features: [],
    integrityProblem: undefined,
  })
})

test('a state with every oddity of JSON is replayed onto itself without loss', () => {
  const before = base(
    '{"resources":[{"urn":"u","type":"t","inputs":{"a":1E+2,"\\u0062":"\\/"}}],"metadata":{}}',
  )
  const once = replayed(before, [])
  const twice = replayed({ ...once }, [])
  expect(twice.deployment.toString()).toBe(once.deployment.toString())
  expect(canonicalJson(once.deployment)).toContain('{"inputs":{"a":1E+2,"b":"\\/"},"type":"t","urn":"u"}')
})

test('operations that began and did not end are pending, and old creations stay pending', () => {
  const operation = (name: string, type: string): object => ({ resource: resource(name), type })
  const before = base({
    pending_operations: [
      operation('c0', 'creating'),
      operation('u0', 'updating'),
      operation('d0', 'deleting'),
    ],
  })
  const state = replayed(before, [
    { kind: 0, operation: operation('b', 'updating'), operationID: 7 },
    { kind: 0, operation: operation('a', 'creating'), operationID: 8 },
    { kind: 0, operation: operation('f', 'creating'), operationID: 9 },
    { kind: 0, operationID: 10 },
    { kind: 2, operationID: 9 },
  ])
  expect(members(state)['pending_operations']).toEqual([
    operation('b', 'updating'),
    operation('a', 'creating'),
    operation('c0', 'creating'),
  ])
})

test('an entry about an operation that made nothing changes nothing', () => {
  const state = replayed(base({ resources: [resource('a')] }), [
    { kind: 1, state: resource('b'), operationID: 1 },
    { kind: 1, removeNew: 99 },
    { kind: 1, deleteNew: 98, pendingReplacementNew: 97 },
    { kind: 4, removeNew: 96, state: resource('lost') },
    { kind: 3, removeNew: 95 },
    { kind: 1, removeOld: 42, deleteOld: 43 },
  ])
  expect(members(state)['resources']).toEqual([resource('b'), resource('a')])
})

test('a resource replaced and then removed in one update is gone', () => {
  const state = replayed(base({ resources: [resource('a'), resource('b')] }), [
    { kind: 3, removeOld: 0, state: resource('a', { id: 'fresh', custom: true }) },
    { kind: 1, removeOld: 0 },
  ])
  expect(members(state)['resources']).toEqual([resource('b')])
})

test('places count anew after the base was rebuilt', () => {
  const state = replayed(base({ resources: [resource('a'), resource('b'), resource('c')] }), [
    { kind: 3, removeOld: 0 },
    { kind: 7, operationID: 0 },
    { kind: 1, removeOld: 1, state: resource('c', { taint: true }) },
  ])
  expect(members(state)['resources']).toEqual([resource('c', { taint: true }), resource('b')])
  expect(state).toMatchObject({ schemaVersion: 4, features: ['taint'] })
})

test('after a refresh, also one before the base was rebuilt, nothing refers to what is gone', () => {
  const before = base({ resources: [resource('a'), resource('b', { dependencies: [urn('a')] })] })
  const persisted = replayed(before, [{ kind: 1, removeOld: 0, isRefresh: true }])
  expect(members(persisted)['resources']).toEqual([resource('b')])
  const rebuilt = replayed(before, [
    { kind: 3, removeOld: 0, operationID: 1 },
    { kind: 7, operationID: 0 },
    { kind: 1, removeOld: 0, state: resource('b', { dependencies: [urn('lost')] }) },
  ])
  expect(members(rebuilt)['resources']).toEqual([resource('b')])
  const unrefreshed = replayed(before, [{ kind: 1, removeOld: 0 }])
  expect(members(unrefreshed)['resources'], 'mended').toEqual([resource('b')])
})

test('properties without dependencies are forgotten when the base is rebuilt, and only then', () => {
  const property = resource('a', { propertyDependencies: { x: [] } })
  const before = base({ resources: [property, resource('gone')] })
  expect(members(replayed(before, [{ kind: 3, removeOld: 1 }]))['resources']).toEqual([property])
  const rebuilt = replayed(before, [{ kind: 3, removeOld: 1 }, { kind: 7 }, { kind: 1, state: property }])
  expect(members(rebuilt)['resources']).toEqual([property, resource('a')])
})

test('the secrets manager keeps its text unless it is another', () => {
  const mine = '{"type":"service","state":{"url":"u", "n":1.0},"later":1}'
  const before = base(`{"secrets_providers":${mine}}`)
  const same = `{"entries":[{"version":1,"kind":6,"sequenceID":1,"secretsProvider":{"type":"service","state":{"url":"u", "n":1.0}}}]}`
  expect(replay(before, entriesIn(Buffer.from(same)), options).deployment.toString()).toContain(mine)
  const other = replayed(before, [{ kind: 6, secretsProvider: { type: 'passphrase', state: { salt: 's' } } }])
  expect(members(other)['secrets_providers']).toEqual({ type: 'passphrase', state: { salt: 's' } })
})

test('a written snapshot takes the place of the base, except what we do not know', () => {
  const state = replayed(base({ resources: [resource('a')], later: 1 }), [
    { kind: 5, newSnapshot: { resources: [resource('b'), resource('c')], metadata: {} } },
    { kind: 1, removeOld: 0 },
  ])
  expect(members(state)).toMatchObject({ resources: [resource('c')], later: 1 })
})

test('snippets follow renames, and say their feature', () => {
  const snippet = { uuid: '1', code: '<x>', references: { that: urn('old'), other: urn('z') } }
  const state = replayed(undefined, [
    { kind: 9, snippets: [snippet] },
    { kind: 1, state: resource('new', { aliases: [urn('old')] }) },
  ])
  expect(members(state)['snippets']).toEqual([
    { ...snippet, references: { that: urn('new'), other: urn('z') } },
  ])
  expect(members(state)['resources']).toEqual([resource('new')])
  expect(state.features).toEqual(['snippets-prototype'])
  expect(members(replayed({ ...state }, [{ kind: 9 }]))).not.toHaveProperty('snippets')
})

test('extensions are kept that a resource refers to', () => {
  const before = base({
    resources: [resource('a', { extensionRef: 'one' })],
    extensions: { one: { v: 1 }, old: {} },
  })
  const state = replayed(before, [
    { kind: 8, extensionRef: 'two', extension: { v: 2 } },
    { kind: 8, extensionRef: 'unused', extension: { v: 3 } },
    { kind: 7 },
    { kind: 1, state: resource('b', { extensionRef: 'two' }) },
  ])
  expect(members(state)['extensions']).toEqual({ one: { v: 1 }, two: { v: 2 } })
  expect(state.features).toEqual(['extensionParameterization'])
})

test('features are what the state uses, and what a newer CLI said of it', () => {
  const all = replayed(base({}, { schemaVersion: 5, features: ['fromTheFuture', 'taint'] }), [
    {
      kind: 1,
      state: resource('a', {
        refreshBeforeUpdate: true,
        resourceHooks: { beforeCreate: ['h'] },
        snippetID: 's',
      }),
    },
    {
      kind: 1,
      state: resource('b', { viewOf: urn('a'), replaceWith: [urn('a')] }),
      requiresByteString: true,
    },
  ])
  expect(all.schemaVersion).toBe(5)
  expect(all.features).toEqual([
    ...[
      'byteString',
      'fromTheFuture',
      'hooks',
      'refreshBeforeUpdate',
      'replaceWith',
      'snippets-prototype',
      'views',
    ],
  ])
})

test('bytes that are not UTF-8 stay said while something of the state that had them is left', () => {
  const before = base(
    { resources: [resource('a'), resource('b')] },
    { schemaVersion: 4, features: ['byteString'] },
  )
  expect(replayed(before, [{ kind: 1, removeOld: 0 }]).features).toEqual(['byteString'])
  const rebuilt = replayed(before, [{ kind: 1, removeOld: 0 }, { kind: 7 }])
  expect(rebuilt.features).toEqual(['byteString'])
  const gone = replayed(before, [{ kind: 1, removeOld: 0 }, { kind: 7 }, { kind: 1, removeOld: 0 }])
  expect(gone).toMatchObject({ features: [], schemaVersion: 3 })
  const renewed = replayed(before, [
    { kind: 1, removeOld: 0 },
    { kind: 1, removeOld: 1, state: resource('b') },
  ])
  expect(renewed.features).toEqual([])
})

test('a state that the CLI will refuse says why, and stops saying it when it is whole again', () => {
  const broken = replayed(base({ metadata: { integrity_error: { error: 'old' }, later: 1 } }), [
    { kind: 1, state: resource('a', { provider: `${PROVIDER}::1` }) },
  ])
  expect(broken.integrityProblem).toContain('unknown provider')
  expect(members(broken)['metadata']).toEqual({
    later: 1,
    integrity_error: { version: '3', command: 'journal replay', error: broken.integrityProblem },
  })
  const mended = replayed({ ...broken }, [{ kind: 1, removeOld: 0 }])
  expect(members(mended)['metadata']).toEqual({ later: 1 })
})

test.each([
  ['a provider that is not there', [resource('a', { provider: `${PROVIDER}::1` })], 'unknown provider'],
  [
    'a circle',
    [resource('a', { dependencies: [urn('b')] }), resource('b', { parent: urn('a') })],
    'comes after it',
  ],
  ['the same URN twice', [resource('a'), resource('a')], 'duplicate resource'],
  ['an id without a provider', [resource('a', { id: '1' })], 'not custom'],
  ['no type', [{ urn: urn('a') }], "missing required 'type'"],
])('integrity: %s', (_, resources, sentence) => {
  expect(replayed(base({ resources }), []).integrityProblem).toContain(sentence)
})

test('integrity: a provider before its resource, and a second of one URN that waits for its deletion', () => {
  const provider = { urn: PROVIDER, type: 'pulumi:providers:x', id: '1', custom: true }
  const resources = [
    provider,
    resource('a', { provider: `${PROVIDER}::1` }),
    resource('a', { delete: true }),
    resource('b', { provider: `${PROVIDER}::gone`, pendingReplacement: true }),
  ]
  expect(replayed(base({ resources }), []).integrityProblem).toBeUndefined()
})
