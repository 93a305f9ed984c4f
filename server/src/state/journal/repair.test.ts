import { expect, test } from 'vitest'
import { repaired } from './repair.ts'
import { readResource, resourceText } from './resource.ts'

const STACK = 'urn:pulumi:dev::proj::pulumi:pulumi:Stack::proj-dev'
const PROVIDER = 'urn:pulumi:dev::proj::pulumi:providers:x::p'

const urn = (name: string, type = 't'): string => `urn:pulumi:dev::proj::${type}::${name}`

/** @returns The same as JSON; undefined when no repair helps. */
function mended(...resources: { urn: string; [field: string]: unknown }[]): unknown[] | undefined {
  const read = resources.map((fields) => readResource(Buffer.from(JSON.stringify({ type: 't', ...fields }))))
  return repaired(read)?.map((one) => JSON.parse(Buffer.concat(resourceText(one)).toString()))
}

test('references to what is missing go, and all else stays', () => {
  const missing = urn('missing')
  const broken = {
    urn: urn('a'),
    deletedWith: missing,
    dependencies: [missing, urn('b')],
    replaceWith: [missing],
    propertyDependencies: { x: [missing], y: [urn('b'), missing], z: [] },
    inputs: { n: 1 },
  }
  expect(mended({ urn: urn('b') }, broken)).toEqual([
    { type: 't', urn: urn('b') },
    {
      type: 't',
      urn: urn('a'),
      dependencies: [urn('b')],
      propertyDependencies: { y: [urn('b')] },
      inputs: { n: 1 },
    },
  ])
})

test('what a missing parent leaves has another URN, and so have its children, for everybody', () => {
  const inner = urn('inner', 'box$t')
  const innermost = urn('innermost', 'box$t$t')
  expect(
    mended(
      { urn: STACK, type: 'pulumi:pulumi:Stack' },
      { urn: inner, parent: urn('gone', 'box') },
      { urn: innermost, parent: inner },
      { urn: urn('friend'), parent: STACK, dependencies: [innermost, inner] },
    ),
  ).toEqual([
    { urn: STACK, type: 'pulumi:pulumi:Stack' },
    { type: 't', urn: urn('inner') },
    { type: 't', urn: urn('innermost', 't$t'), parent: urn('inner') },
    { type: 't', urn: urn('friend'), parent: STACK, dependencies: [urn('innermost', 't$t'), urn('inner')] },
  ])
})

test('what stands before its provider or its dependencies is put behind them', () => {
  const provider = { urn: PROVIDER, type: 'pulumi:providers:x', custom: true, id: '1' }
  const order = mended(
    { urn: urn('a'), dependencies: [urn('b'), urn('c')] },
    { urn: urn('b'), dependencies: [urn('c')] },
    { urn: urn('c'), provider: `${PROVIDER}::1` },
    provider,
    { urn: urn('d') },
  )
  expect((order as { urn: string }[]).map((one) => one.urn)).toEqual(
    [urn('c'), urn('b'), urn('a'), urn('d')].toSpliced(0, 0, PROVIDER),
  )
})

test('of two with one URN the living refer to the living, and the leaving to the leaving', () => {
  const order = mended(
    { urn: urn('old'), delete: true, dependencies: [urn('a')] },
    { urn: urn('new'), dependencies: [urn('a')] },
    { urn: urn('a'), id: 'leaving', custom: true, delete: true },
    { urn: urn('a'), id: 'living', custom: true },
  )
  expect((order as { urn: string; id?: string }[]).map((one) => one.id ?? one.urn)).toEqual([
    'leaving',
    urn('old'),
    'living',
    urn('new'),
  ])
})

test('a chain as long as a large state is no matter', () => {
  const chain = Array.from({ length: 50_000 }, (_, at) => ({
    urn: urn(`n${at}`),
    dependencies: [urn(`n${at + 1}`)],
  }))
  expect(mended(...chain)).toHaveLength(chain.length)
})

test.each([
  [
    'a circle',
    [
      { urn: urn('a'), parent: urn('b') },
      { urn: urn('b'), dependencies: [urn('a')] },
    ],
  ],
  ['itself', [{ urn: urn('a'), dependencies: [urn('a')] }]],
  ['a provider that is not there', [{ urn: urn('a'), provider: `${PROVIDER}::1` }]],
  ['the same twice', [{ urn: urn('a') }, { urn: urn('a') }]],
])('no repair helps: %s', (_, resources) => {
  expect(mended(...resources)).toBeUndefined()
})
