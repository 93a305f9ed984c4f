import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  isOperation,
  isOrganizationName,
  isProjectName,
  isStackName,
  isSubject,
  OPERATIONS,
  PUBLISHER_SUBJECT,
  parseSubject,
  readSubject,
  SUBJECT_FORMS,
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

const allForms: fc.Arbitrary<SubjectIdentity> = fc
  .tuple(identities, fc.constantFrom(...SUBJECT_FORMS), fc.uuid())
  .map(([identity, form, stackUuid]) => ({ ...identity, form, stackUuid }))

/** What of an identity its form can say. */
function saidBy({ organization, project, stack, operation, form, stackUuid }: SubjectIdentity) {
  const access = ['preview', 'detect-drift'].includes(operation) ? 'read' : 'write'
  if (form === 'compact') return { form, stackUuid, operation }
  return { form, organization, project, stack, ...(form === 'class' ? { access } : { operation }) }
}

test.each([
  ['class', 'preview', 'pulumi:deploy:org:contoso:project:core:stack:dev:access:read'],
  ['class', 'detect-drift', 'pulumi:deploy:org:contoso:project:core:stack:dev:access:read'],
  ['class', 'update', 'pulumi:deploy:org:contoso:project:core:stack:dev:access:write'],
  ['class', 'refresh', 'pulumi:deploy:org:contoso:project:core:stack:dev:access:write'],
  ['class', 'destroy', 'pulumi:deploy:org:contoso:project:core:stack:dev:access:write'],
  ['class', 'remediate-drift', 'pulumi:deploy:org:contoso:project:core:stack:dev:access:write'],
  ['compact', 'update', 'dp1:5pz7qs4nr398n8tysrzctr4sgg:update'],
  ['compact', 'remediate-drift', 'dp1:5pz7qs4nr398n8tysrzctr4sgg:remediate-drift'],
] as const)('the %s form of %s is the documented one', (form, operation, subject) => {
  const stackUuid = 'b6f9ef92-5703-4a2a-8d7b-38fb35826610'
  expect(subjectOf({ ...dev, operation, form, stackUuid })).toBe(subject)
})

test('in all forms, reading is the inverse of building', () => {
  fc.assert(
    fc.property(allForms, (identity) => {
      expect(readSubject(subjectOf(identity))).toEqual(saidBy(identity))
    }),
  )
})

test('two subjects are alike only where their forms say the same', () => {
  fc.assert(
    fc.property(allForms, allForms, (one, other) => {
      const same = JSON.stringify(saidBy(one)) === JSON.stringify(saidBy(other))
      expect(subjectOf(one) === subjectOf(other)).toBe(same)
    }),
  )
})

test('no name can spell a subject of another stack, in any form', () => {
  const pieces = fc.constantFrom(
    ':access:write',
    ':access:read',
    'dp1:',
    ':update',
    ':operation:',
    'write',
    'dev',
  )
  const hostile = fc.array(fc.oneof(nearNames, pieces), { maxLength: 5 }).map((some) => some.join(''))
  const part = fc.constantFrom('organization', 'project', 'stack')
  fc.assert(
    fc.property(allForms, allForms, hostile, part, (one, victim, name, which) => {
      const forger = { ...one, [which]: name }
      let forged: string
      try {
        forged = subjectOf(forger)
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError)
        return
      }
      expect(readSubject(forged)).toEqual(saidBy(forger))
      const same = JSON.stringify(saidBy(forger)) === JSON.stringify(saidBy(victim))
      expect(forged === subjectOf(victim)).toBe(same)
    }),
    { numRuns: 1000 },
  )
})

test('whatever reads is exactly what building it again gives, in all forms', () => {
  const key = fc.stringMatching(/^[0-9a-zA-Z]{24,28}$/)
  const near = fc.oneof(
    fc.tuple(key, fc.constantFrom(...OPERATIONS, 'up')).map(([id, operation]) => `dp1:${id}:${operation}`),
    fc
      .tuple(nearNames, nearNames)
      .map(([p, s]) => `pulumi:deploy:org:acme:project:${p}:stack:${s}:access:read`),
  )
  fc.assert(
    fc.property(near, (text) => {
      const said = readSubject(text)
      if (!said) return
      const operation = 'operation' in said ? said.operation : 'preview'
      expect(subjectOf({ ...dev, ...said, operation })).toBe(text)
    }),
    { numRuns: 1000 },
  )
})

test.each([
  'dp1:5pz7qs4nr398n8tysrzctr4sgg:up',
  'dp1:5PZ7QS4NR398N8TYSRZCTR4SGG:update',
  'dp1:8pz7qs4nr398n8tysrzctr4sgg:update',
  'dp1:5pz7qs4nr398n8tysrzctr4sg:update',
  'dp1:5pz7qs4nr398n8tysrzctr4sgi:update',
  'dp2:5pz7qs4nr398n8tysrzctr4sgg:update',
  'pulumi:deploy:org:contoso:project:core:stack:dev:access:admin',
  'pulumi:deploy:org:contoso:project:core:stack:dev:access:read:scope:write',
  'pulumi:deploy:org:Contoso:project:core:stack:dev:access:read',
])('%j is a subject of no form', (text) => {
  expect(isSubject(text)).toBe(false)
})

test('the compact form needs the id, and fits Google’s 127 bytes with the longest operation', () => {
  expect(() => subjectOf({ ...dev, form: 'compact' })).toThrow(TypeError)
  expect(() =>
    subjectOf({ ...dev, form: 'compact', stackUuid: 'B6F9EF92-5703-4A2A-8D7B-38FB35826610' }),
  ).toThrow(TypeError)
  const stackUuid = 'ffffffff-ffff-4fff-bfff-ffffffffffff'
  expect(subjectOf({ ...dev, operation: 'remediate-drift', form: 'compact', stackUuid })).toBe(
    'dp1:7zzzzzzzzz9zzvzzzzzzzzzzzz:remediate-drift',
  )
})

test("no stack's subject, in whatever form, is the issuer's own, and the issuer's own reads as no stack's", () => {
  const stackUuids = fc.uuid()
  fc.assert(
    fc.property(identities, stackUuids, fc.constantFrom(...SUBJECT_FORMS), (identity, stackUuid, form) => {
      const subject = subjectOf({ ...identity, stackUuid, form })
      expect(subject).not.toBe(PUBLISHER_SUBJECT)
      expect(subject.split(':')[0]).not.toBe(PUBLISHER_SUBJECT.split(':')[0])
    }),
  )
  // Also with names that are made of its own words.
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('daypass', 'issuer', 'publish', ':', 'daypass:issuer:publish', '-'), {
        maxLength: 5,
      }),
      fc.constantFrom(...SUBJECT_FORMS),
      (words, form) => {
        const name = words.join('')
        for (const part of ['organization', 'project', 'stack', 'operation', 'stackUuid']) {
          const identity = { ...dev, stackUuid: '01234567-89ab-4cde-8f01-23456789abcd', form, [part]: name }
          let subject: string
          try {
            subject = subjectOf(identity as SubjectIdentity)
          } catch {
            continue
          }
          expect(subject).not.toBe(PUBLISHER_SUBJECT)
        }
      },
    ),
  )
  expect(readSubject(PUBLISHER_SUBJECT)).toBeUndefined()
  expect(isSubject(PUBLISHER_SUBJECT)).toBe(false)
  expect(PUBLISHER_SUBJECT).not.toMatch(/[*?$\s]/)
})
