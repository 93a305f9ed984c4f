import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  isOperation,
  isOrganizationName,
  isProjectName,
  isStackName,
  isSubject,
  OPERATIONS,
  parseSubject,
  type SubjectIdentity,
  subjectOf,
} from './subject.ts'

const dev: SubjectIdentity = { organization: 'contoso', project: 'core', stack: 'dev', operation: 'update' }

const identities: fc.Arbitrary<SubjectIdentity> = fc.record({
  organization: fc.stringMatching(/^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$/),
  project: fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/),
  stack: fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/),
  operation: fc.constantFrom(...OPERATIONS),
})

/** Texts that lie near a subject: its own words, separators and the characters that policies give a meaning. */
const nearNames = fc
  .array(
    fc.constantFrom(
      ':',
      '*',
      '?',
      '$',
      '{',
      '}',
      '\n',
      ' ',
      'a',
      'A',
      '0',
      '-',
      '.',
      ':stack:',
      ':operation:',
      'update',
      ':scope:write',
      'é',
    ),
    { maxLength: 6 },
  )
  .map((pieces) => pieces.join(''))

test.each([
  ['preview', 'pulumi:deploy:org:contoso:project:core:stack:dev:operation:preview:scope:write'],
  ['update', 'pulumi:deploy:org:contoso:project:core:stack:dev:operation:update:scope:write'],
  ['refresh', 'pulumi:deploy:org:contoso:project:core:stack:dev:operation:refresh:scope:write'],
  ['destroy', 'pulumi:deploy:org:contoso:project:core:stack:dev:operation:destroy:scope:write'],
  ['detect-drift', 'pulumi:deploy:org:contoso:project:core:stack:dev:operation:detect-drift:scope:write'],
  [
    'remediate-drift',
    'pulumi:deploy:org:contoso:project:core:stack:dev:operation:remediate-drift:scope:write',
  ],
] as const)('the subject of %s is the documented one', (operation, subject) => {
  expect(subjectOf({ ...dev, operation })).toBe(subject)
})

test('parsing is the inverse of building', () => {
  fc.assert(
    fc.property(identities, (identity) => {
      expect(parseSubject(subjectOf(identity))).toEqual(identity)
    }),
  )
})

test('two different identities never share a subject', () => {
  fc.assert(
    fc.property(identities, identities, (one, other) => {
      const same = JSON.stringify(one) === JSON.stringify(other)
      expect(subjectOf(one) === subjectOf(other)).toBe(same)
    }),
  )
})

test('whatever parses is exactly what building it again gives', () => {
  const texts = fc.oneof(
    fc.string(),
    fc
      .tuple(nearNames, nearNames, nearNames, nearNames)
      .map(([o, p, s, op]) => `pulumi:deploy:org:${o}:project:${p}:stack:${s}:operation:${op}:scope:write`),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const identity = parseSubject(text)
      if (identity) expect(subjectOf(identity)).toBe(text)
    }),
  )
})

test('no name can forge the subject of another stack', () => {
  fc.assert(
    fc.property(
      identities,
      nearNames,
      fc.constantFrom('organization', 'project', 'stack'),
      (identity, name, part) => {
        let forged: string
        try {
          forged = subjectOf({ ...identity, [part]: name })
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError)
          return
        }
        expect(parseSubject(forged)?.[part as 'stack']).toBe(name)
        expect(forged).not.toMatch(/[*?$\s]/)
      },
    ),
  )
})

test.each([
  'dev:operation:destroy',
  'dev*',
  'd?v',
  '',
  'a b',
  'ünï',
  'dev\n',
  'dev/..',
  '${aws:x}',
  'x'.repeat(101),
])('a stack may not be called %j', (stack) => {
  expect(isStackName(stack)).toBe(false)
  expect(isProjectName(stack)).toBe(false)
  expect(() => subjectOf({ ...dev, stack })).toThrow(TypeError)
  expect(() => subjectOf({ ...dev, project: stack })).toThrow(TypeError)
})

test.each(['Contoso', 'ab', '-abc', 'abc-', '_abc', 'a.b', 'a:b', 'abc\n', '', 'a'.repeat(41)])(
  'an organization may not be called %j',
  (organization) => {
    expect(isOrganizationName(organization)).toBe(false)
    expect(() => subjectOf({ ...dev, organization })).toThrow(TypeError)
  },
)

test.each(['abc', 'a-b', 'a_b', 'a'.repeat(40), '0x9'])(
  'an organization may be called %j',
  (organization) => {
    expect(isOrganizationName(organization)).toBe(true)
  },
)

test.each(['up', 'Update', 'drift', '', 'update\n', 'constructor'])('%j is no operation', (operation) => {
  expect(isOperation(operation)).toBe(false)
  expect(() => subjectOf({ ...dev, operation: operation as 'update' })).toThrow(TypeError)
})

test.each([
  'pulumi:deploy:org:contoso:project:core:stack:dev:operation:update',
  'pulumi:deploy:org:contoso:project:core:stack:dev:operation:update:scope:read',
  'pulumi:deploy:org:contoso:project:core:stack:dev:operation:update:scope:write\n',
  ' pulumi:deploy:org:contoso:project:core:stack:dev:operation:update:scope:write',
  'pulumi:deploy:org:contoso:stack:dev:project:core:operation:update:scope:write',
  'pulumi:deploy:org:contoso:project:core:stack:dev:operation:up:scope:write',
  'PULUMI:deploy:org:contoso:project:core:stack:dev:operation:update:scope:write',
  'pulumi:environments:org:contoso:env:core/dev',
  '',
])('%j is no subject', (text) => {
  expect(parseSubject(text)).toBeUndefined()
  expect(isSubject(text)).toBe(false)
})
