import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OPERATIONS, type SubjectIdentity, subjectOf } from './subject.ts'
import { distanceOf, openPartsOf, subjectDifference } from './subject-difference.ts'

const dev: SubjectIdentity = { organization: 'acme', project: 'web', stack: 'dev', operation: 'update' }
const actual = subjectOf(dev)
const prefix = 'pulumi:deploy:org:acme:project:web:stack:dev'

test.each([
  ['up', 'update'],
  ['Up', 'update'],
  ['deploy', 'update'],
  ['apply', 'update'],
  ['UPDATE', 'update'],
  ['plan', 'preview'],
  ['Preview', 'preview'],
  ['down', 'destroy'],
  ['delete', 'destroy'],
  ['drift', 'detect-drift'],
  ['detectDrift', 'detect-drift'],
  ['remediateDrift', 'remediate-drift'],
  ['drift-remediation', 'remediate-drift'],
  ['frobnicate', undefined],
  ['constructor', undefined],
  ['__proto__', undefined],
])('for the operation %s the word is %s', (written, right) => {
  const difference = subjectDifference(`${prefix}:operation:${written}:scope:write`, actual, false)
  expect(difference).toEqual({ kind: 'operation_word', written, right })
})

test.each<[string, boolean, string]>([
  [`${prefix}:operation:update`, false, 'scope_missing'],
  [`${prefix}:operation:update`, true, 'scope_missing'],
  [prefix, false, 'incomplete'],
  ['pulumi:deploy:org:acme', false, 'incomplete'],
  [`${prefix}:*`, false, 'wildcard_in_equals'],
  [actual.replace('dev', '*'), false, 'wildcard_in_equals'],
  [actual.replace('dev', '???'), false, 'wildcard_in_equals'],
  [actual.replace('dev', 'Dev'), false, 'case'],
  [actual.toUpperCase(), false, 'case'],
  [actual.replace('acme', 'Acme').replace('web', 'Web'), true, 'case'],
  [actual.replace('scope:write', 'scope:read'), false, 'other'],
  ['pulumi:environments:org:acme:env:dev', false, 'environment'],
  ['repo:acme/web:ref:refs/heads/main', true, 'other'],
  ['', false, 'other'],
])('%j (wildcards read: %s) misses by %s', (written, like, kind) => {
  expect(subjectDifference(written, actual, like).kind).toBe(kind)
})

test('parts that differ are named in their order, and only those', () => {
  const written = 'pulumi:deploy:org:other:project:web:stack:prod:operation:destroy:scope:write'
  expect(subjectDifference(written, actual, false)).toEqual({
    kind: 'parts',
    parts: [
      { part: 'organization', written: 'other', actual: 'acme' },
      { part: 'stack', written: 'prod', actual: 'dev' },
      { part: 'operation', written: 'destroy', actual: 'update' },
    ],
  })
})

test('a part with a wildcard that fits does not differ', () => {
  const written = 'pulumi:deploy:org:acme:project:w*:stack:prod-*:*'
  expect(subjectDifference(written, actual, true)).toEqual({
    kind: 'parts',
    parts: [{ part: 'stack', written: 'prod-*', actual: 'dev' }],
  })
})

test('a subject that is not ours is not taken apart', () => {
  expect(subjectDifference(actual, 'repo:acme/web', false).kind).toBe('other')
  expect(subjectDifference('REPO:acme/web', 'repo:acme/web', false).kind).toBe('case')
})

test('for two subjects of ours exactly the differing parts are found', () => {
  const identities: fc.Arbitrary<SubjectIdentity> = fc.record({
    organization: fc.constantFrom('acme', 'other', 'third'),
    project: fc.constantFrom('web', 'api'),
    stack: fc.constantFrom('dev', 'prod', 'test'),
    operation: fc.constantFrom(...OPERATIONS),
  })
  fc.assert(
    fc.property(identities, identities, (one, other) => {
      const parts = (['organization', 'project', 'stack', 'operation'] as const).filter(
        (part) => one[part] !== other[part],
      )
      if (parts.length === 0) return
      const difference = subjectDifference(subjectOf(one), subjectOf(other), false)
      expect(difference.kind === 'parts' && difference.parts.map(({ part }) => part)).toEqual(parts)
      expect(distanceOf(difference)).toBe(parts.length)
    }),
  )
})

test('a slip is nearer than another stack, and another stack nearer than something else', () => {
  const distance = (written: string) => distanceOf(subjectDifference(written, actual, false))
  const stack = distance(actual.replace('dev', 'prod'))
  expect(distance(actual.replace('update', 'up'))).toBeLessThan(stack)
  expect(stack).toBeLessThan(distance('pulumi:environments:org:acme:env:dev'))
  expect(stack).toBeLessThan(distance('repo:acme/web'))
})

test.each<[string, string[]]>([
  [actual, []],
  ['repo:acme/web', []],
  ['*', ['organization', 'project', 'stack', 'operation']],
  ['pulumi:*', ['organization', 'project', 'stack', 'operation']],
  ['pulumi:deploy:org:acme:*', ['project', 'stack', 'operation']],
  ['pulumi:deploy:org:acme*', ['organization', 'project', 'stack', 'operation']],
  [`${prefix}:*`, ['operation']],
  [`${prefix}:operation:*:scope:write`, ['operation']],
  [actual.replace('dev', 'd?v'), ['stack']],
  [`${prefix.replace('dev', '*')}:access:write`, ['stack']],
  [`${prefix}:access:*`, ['operation']],
])('%s leaves open %j', (pattern, parts) => {
  const open = openPartsOf(pattern)
  if (pattern.endsWith('acme*')) expect(open).toContain('organization')
  else expect(open).toEqual(parts)
})
