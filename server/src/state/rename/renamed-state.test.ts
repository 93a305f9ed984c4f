import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renamedState as renamedPieces } from './renamed-state.ts'
import type { StackIdentity } from './urn.ts'

const from = { project: 'web', stack: 'dev' }
const to = { project: 'shop', stack: 'prod' }
const SIGNATURE = '4dabf18193072939515e22adb298388d'
const reference = (urn: string) => ({ [SIGNATURE]: '5cf8f73096256a8f31e491e813e4eb8e', urn, id: 'i' })
const secret = (plaintext: string) => ({ [SIGNATURE]: '1b47061264138c4ac30d75fd1eb44270', plaintext })
const output = (...dependencies: string[]) => ({
  [SIGNATURE]: 'd0e6a833031e9bbcd3f4e8bde6ca49a4',
  dependencies,
})
const old = 'urn:pulumi:dev::web::a:b:C::n'
const renamed = 'urn:pulumi:prod::shop::a:b:C::n'

function renamedState(deployment: Buffer, before: StackIdentity, after: StackIdentity): Buffer {
  return Buffer.concat(renamedPieces(deployment, before, after))
}

function rename(deployment: object | string, target = to): string {
  const text = typeof deployment === 'string' ? deployment : JSON.stringify(deployment)
  return renamedState(Buffer.from(text), from, target).toString('utf8')
}

test('every place of a URN follows, and nothing else', () => {
  const resource = (urn: string, root: string) => ({
    urn,
    custom: true,
    parent: root,
    provider: `${urn}::04da6b54-80e4-46f7-96ec-b56ff0331ba9`,
    deletedWith: urn,
    viewOf: urn,
    dependencies: [urn, 'urn:pulumi:dev::other::a:b:C::n'],
    replaceWith: [urn],
    aliases: [urn, 'urn:pulumi:devel::web::a:b:C::n'],
    propertyDependencies: { a: [urn], b: [], c: null },
    inputs: { a: reference(urn), text: old, list: [[{ deep: reference(urn) }], output(urn, 'x')] },
    outputs: { a: secret(JSON.stringify({ b: reference(urn), n: 1 })), b: secret(old), c: { urn: old } },
    replacementTrigger: reference(urn),
  })
  const state = (urn: string, root: string) => ({
    manifest: { time: 't' },
    resources: [{ urn: root, type: 'pulumi:pulumi:Stack' }, resource(urn, root)],
    pending_operations: [{ resource: resource(urn, root), type: 'creating' }],
    snippets: [{ code: old, references: { a: urn } }],
  })
  const oldRoot = 'urn:pulumi:dev::web::pulumi:pulumi:Stack::web-dev'
  const newRoot = 'urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod'
  expect(JSON.parse(rename(state(old, oldRoot)))).toEqual(state(renamed, newRoot))
})

test('only the stack is renamed where the project stays, also one that the CLI had to rewrite in its calls', () => {
  const named = (urn: string, root: string) => ({ resources: [{ urn: root }, { urn, parent: root }] })
  const inProject = (stack: string) =>
    named(
      `urn:pulumi:${stack}::my web::a:b:C::n`,
      `urn:pulumi:${stack}::my web::pulumi:pulumi:Stack::my web-${stack}`,
    )
  const text = renamedState(
    Buffer.from(JSON.stringify(inProject('dev'))),
    { project: 'my-web', stack: 'dev' },
    { project: 'my-web', stack: 'prod' },
  )
  expect(JSON.parse(text.toString())).toEqual(inProject('prod'))
})

test('what surrounds a URN keeps its text: numbers, escapes, order, blanks', () => {
  const text = (urn: string) =>
    `{ "resources" : [\n{"z":1.0, "urn":"${urn}\\u003c\\ud800é", "outputs":{"n":-0,"big":12345678901234567890,"e":1e400}} ],"later":[1E5] }`
  expect(rename(text(old))).toBe(text(renamed))
})

test('a URN that is escaped is read as what it says', () => {
  const text = rename('{"resources":[{"urn":"urn:pulumi:\\u0064ev::web::a:b:C::n"}]}')
  expect(JSON.parse(text)).toEqual({ resources: [{ urn: renamed }] })
})

test.each([
  '{}',
  '{"resources":null,"pending_operations":null}',
  '{"resources":[null,1,{"urn":7,"parent":null,"dependencies":{},"propertyDependencies":[],"inputs":"x"}]}',
  '{"resources":[{"urn":"urn:pulumi:dev"},{"urn":"urn:pulumi:dev::web"},{"urn":""}]}',
  '{"resources":[{"outputs":{"a":{"4dabf18193072939515e22adb298388d":"1b47061264138c4ac30d75fd1eb44270","plaintext":"{"}}}]}',
])('what is not as expected stays: %s', (text) => {
  expect(rename(text)).toBe(text)
})

test('deep values are walked without recursion', () => {
  const depth = 5_000
  const inner = JSON.stringify(reference(old))
  const text = `{"resources":[{"inputs":{"a":${'['.repeat(depth)}${inner}${']'.repeat(depth)}}}]}`
  expect(rename(text)).toBe(text.replace(old, renamed))
})

test('there and back again gives the same text', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.array(fc.string()), (value, names) => {
      const urns = names.map((name) => `urn:pulumi:dev::web::a:b:C::${name}`)
      const text = JSON.stringify({
        resources: urns.map((urn) => ({ urn, dependencies: urns, inputs: { value, ref: reference(urn) } })),
      })
      const there = renamedState(Buffer.from(text), from, to)
      expect(there.includes('urn:pulumi:dev::web::a')).toBe(
        JSON.stringify(value).includes('urn:pulumi:dev::web::a'),
      )
      expect(renamedState(there, to, from).toString()).toBe(text)
    }),
  )
})
