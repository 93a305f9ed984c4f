import { expect, test } from 'vitest'
import { renamedResource, renameOf, withoutDangling } from './references.ts'
import { type Resource, type ResourceFields, readResource } from './resource.ts'

const urn = (type: string, name: string): string => `urn:pulumi:dev::proj::${type}::${name}`

function resource(fields: Record<string, unknown>): Resource {
  return readResource(Buffer.from(JSON.stringify({ type: 't', ...fields })))
}

/** Without what is empty. */
function fieldsOf({ fields }: Resource): Partial<ResourceFields> {
  const entries = Object.entries(fields).filter(
    ([, value]) => value !== '' && value !== false && value?.length !== 0 && value?.size !== 0,
  )
  return Object.fromEntries(entries)
}

function renamed(...resources: Resource[]): Partial<ResourceFields>[] {
  const rename = renameOf(resources)
  if (rename === undefined) throw new Error('nothing is renamed')
  return resources.map((one) => fieldsOf(renamedResource(one, rename)))
}

test('without aliases nothing is renamed', () => {
  expect(renameOf([resource({ urn: urn('t', 'a'), dependencies: [urn('t', 'gone')] })])).toBeUndefined()
})

test('every reference by an old URN gets the new one, and aliases go', () => {
  const old = urn('pulumi:providers:x', 'old')
  const now = urn('pulumi:providers:x', 'now')
  const left = resource({
    urn: urn('t', 'left'),
    parent: old,
    provider: `${old}::id`,
    deletedWith: old,
    viewOf: old,
    dependencies: [urn('t', 'other'), old],
    replaceWith: [old],
    propertyDependencies: { a: [old, urn('t', 'other')], b: [] },
  })
  expect(renamed(resource({ urn: now, aliases: [old, urn('t', 'older')] }), left)).toEqual([
    { urn: now },
    {
      // Its type changes with that of its parent.
      urn: urn('pulumi:providers:x$t', 'left'),
      parent: now,
      provider: `${now}::id`,
      deletedWith: now,
      viewOf: now,
      dependencies: [urn('t', 'other'), now],
      replaceWith: [now],
      propertyDependencies: new Map([
        ['a', [now, urn('t', 'other')]],
        ['b', []],
      ]),
    },
  ])
})

test('children of a moved parent move with it, and what refers to them follows', () => {
  expect(
    renamed(
      resource({ urn: urn('r$m', 'm'), aliases: [urn('m', 'm')] }),
      resource({ urn: urn('m$c', 'with::colons'), parent: urn('m', 'm') }),
      resource({ urn: urn('m$c$g', 'g'), parent: urn('m$c', 'with::colons') }),
      resource({ urn: urn('t', 'friend'), dependencies: [urn('m$c$g', 'g')] }),
    ).map(({ urn: name, parent, dependencies }) => [name, parent ?? dependencies?.[0]]),
  ).toEqual([
    [urn('r$m', 'm'), undefined],
    [urn('r$m$c', 'with::colons'), urn('r$m', 'm')],
    [urn('r$m$c$g', 'g'), urn('r$m$c', 'with::colons')],
    [urn('t', 'friend'), urn('r$m$c$g', 'g')],
  ])
})

test('children of the stack keep their types when the stack is renamed', () => {
  const stack = (name: string): string => urn('pulumi:pulumi:Stack', name)
  expect(
    renamed(
      resource({ urn: stack('proj-new'), aliases: [stack('proj-old')] }),
      resource({ urn: urn('t', 'a'), parent: stack('proj-old') }),
    )[1],
  ).toEqual({ urn: urn('t', 'a'), parent: stack('proj-new') })
})

test('of two resources with one alias the first has it', () => {
  const old = urn('t', 'old')
  expect(
    renamed(
      resource({ urn: urn('t', 'one'), aliases: [old] }),
      resource({ urn: urn('t', 'two'), aliases: [old], dependencies: [old] }),
    )[1],
  ).toEqual({ urn: urn('t', 'two'), dependencies: [urn('t', 'one')] })
})

test('a provider reference without an id is left alone', () => {
  const old = urn('t', 'old')
  expect(
    renamed(
      resource({ urn: urn('t', 'a'), aliases: [old] }),
      resource({ urn: urn('t', 'b'), provider: 'odd' }),
    )[1],
  ).toMatchObject({ provider: 'odd' })
})

test('references to what is gone are dropped, all of them', () => {
  const gone = urn('t', 'gone')
  const there = urn('t', 'there')
  const [, left] = withoutDangling(
    [
      resource({ urn: there }),
      resource({
        urn: urn('t', 'left'),
        parent: gone,
        deletedWith: gone,
        dependencies: [gone, there],
        replaceWith: [there, gone],
        propertyDependencies: { a: [gone], b: [there, gone], c: [] },
      }),
    ],
    false,
  )
  expect(left && fieldsOf(left)).toEqual({
    urn: urn('t', 'left'),
    dependencies: [there],
    replaceWith: [there],
    propertyDependencies: new Map([['b', [there]]]),
  })
})

test('what depends on nothing that is gone stays as it is, unless the base is read anew', () => {
  const resources = [
    resource({ urn: urn('t', 'a') }),
    resource({
      urn: urn('t', 'b'),
      parent: urn('t', 'a'),
      propertyDependencies: { x: [], y: [urn('t', 'a')] },
    }),
  ]
  expect(withoutDangling(resources, false)).toEqual(resources)
  const anew = withoutDangling(resources, true).map(fieldsOf)[1]
  expect(anew?.propertyDependencies).toEqual(new Map([['y', [urn('t', 'a')]]]))
})

test('of resources that share a URN, only one further up can be referred to', () => {
  const shared = urn('t', 'shared')
  const user = resource({ urn: urn('t', 'user'), dependencies: [shared] })
  const [before, , after] = withoutDangling([user, resource({ urn: shared, delete: true }), user], false)
  expect(before?.fields.dependencies).toEqual([])
  expect(after?.fields.dependencies).toEqual([shared])
})
