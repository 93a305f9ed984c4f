import { SESSION_TAGS } from '@daypass/contract/identity.ts'
import { SESSION_TAGS_CLAIM } from '@daypass/trust/aws/session-tags.ts'
import { deploymentClaims } from '@daypass/trust/deployment-claims.ts'
import { OPERATIONS, parseSubject, readSubject } from '@daypass/trust/subject.ts'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MINT_REQUEST } from '../../../test/harness/mints.ts'
import { CLAIM_NAMES, claimsOf, type MintRequest } from './issuer.ts'

const issuerUrl = 'https://daypass.example.com/oidc'
const at = new Date('2030-01-01T00:00:00.750Z')
const jti = '5f0e0c3c-54f0-4a6c-9d6a-0f3f3e0a6f10'
const request: MintRequest = { ...MINT_REQUEST, project: 'Core' }
const claims = (changes: Partial<MintRequest> = {}) =>
  claimsOf({ ...request, ...changes }, { issuerUrl, jti, at })

test('a token says who is deploying in the words of Pulumi, and nothing else', () => {
  const iat = Date.UTC(2030, 0, 1) / 1000
  expect(claims()).toStrictEqual({
    iss: issuerUrl,
    sub: 'pulumi:deploy:org:contoso:project:Core:stack:dev:operation:update:scope:write',
    aud: 'contoso',
    iat,
    nbf: iat - 60,
    exp: iat + 300,
    jti,
    org: 'contoso',
    project: 'Core',
    stack: 'dev',
    stackId: 'contoso/Core/dev',
    operation: 'update',
    deployment: '7',
    scope: 'write',
    'urn:daypass:deployment_id': request.deploymentId,
    'urn:daypass:trigger': 'rest',
    'urn:daypass:actor': 'alice',
  })
})

const COMMIT = '0123456789abcdef0123456789abcdef01234567'
const git = { repository: 'https://git.example.com/shop.git', commit: COMMIT }

test('a token says the repository and the commit where they were fixed beforehand, and never guesses', () => {
  expect(claims({ facts: { ...request.facts, ...git } })).toMatchObject({
    'urn:daypass:repository': git.repository,
    'urn:daypass:commit': COMMIT,
  })
  // A branch moves, and a short commit names whatever begins like it: what is run is not known yet.
  for (const commit of [null, COMMIT.slice(0, 12), 'main', COMMIT.toUpperCase()]) {
    expect(claims({ facts: { ...request.facts, ...git, commit } })).not.toHaveProperty(['urn:daypass:commit'])
  }
  expect(claims()).not.toHaveProperty(['urn:daypass:repository'])
})

const event = { ref: 'refs/heads/topic', pullRequest: 42, templateStack: 'contoso/Core/template' }

test('a token says what the event of a git host said, and nothing of it for other deployments', () => {
  const said = {
    'urn:daypass:ref': 'refs/heads/topic',
    'urn:daypass:pull_request': '42',
    'urn:daypass:template_stack': 'contoso/Core/template',
  }
  expect(claims({ facts: { ...request.facts, ...git, ...event } })).toMatchObject(said)
  for (const name of Object.keys(said)) expect(claims()).not.toHaveProperty([name])
})

test('a deployment that has not run yet is judged by the claims that its token will have', () => {
  for (const operation of OPERATIONS) {
    const { organization, project, stack, audience } = request
    const foreseen = deploymentClaims({ organization, project, stack, operation, issuerUrl, audience })
    const told = Object.entries(claims({ operation, deploymentVersion: 1 }))
    const ofTheRun = (name: string) =>
      name.startsWith('urn:daypass:') || ['iat', 'nbf', 'exp', 'jti'].includes(name)
    expect(foreseen).toEqual(Object.fromEntries(told.filter(([name]) => !ofTheRun(name))))
  }
})

test('a token brings the session tags that were asked for, and of those only what it says itself', () => {
  const tags = (changes: Partial<MintRequest>) =>
    claims(changes)['https://aws.amazon.com/tags']?.principal_tags
  expect(tags({ facts: { ...request.facts, ...git }, sessionTags: SESSION_TAGS })).toEqual({
    ...{ org: ['contoso'], project: ['Core'], stack: ['dev'], operation: ['update'] },
    ...{ deployment: ['7'], actor: ['alice'], commit: [COMMIT] },
  })
  expect(tags({ sessionTags: ['stack', 'commit'] })).toEqual({ stack: ['dev'] })
  const retired = { nameRetired: true, subjectForm: 'compact' } as const
  expect(tags({ ...retired, sessionTags: ['org', 'project', 'stack'] })).toEqual({ org: ['contoso'] })
  expect(tags({})).toBeUndefined()
})

test('the tags of a deployment that has not run yet are those that its token will have', () => {
  const { organization, project, stack, operation, audience } = request
  const sessionTags = ['org', 'project', 'stack', 'operation'] as const
  const foreseen = deploymentClaims({
    organization,
    project,
    stack,
    operation,
    issuerUrl,
    audience,
    sessionTags,
  })
  expect(foreseen[SESSION_TAGS_CLAIM]).toEqual(claims({ sessionTags })[SESSION_TAGS_CLAIM])
})

test('discovery names exactly the claims that a token has', () => {
  const facts = { ...request.facts, ...git, ...event }
  expect(CLAIM_NAMES).toEqual(Object.keys(claims({ facts, sessionTags: ['org'] })))
})

test('a token for an exchange lives 5 minutes, one for the job 15', () => {
  const lifetime = ({ iat, exp }: { iat: number; exp: number }) => exp - iat
  expect(lifetime(claims({ purpose: 'exchange' }))).toBe(300)
  expect(lifetime(claims({ purpose: 'job' }))).toBe(900)
})

test('no token says that it was issued in the future', () => {
  expect(claims().iat * 1000).toBeLessThanOrEqual(at.getTime())
})

test('the ids of an organization and a stack in our database are in no claim', () => {
  const said = JSON.stringify(claims())
  for (const id of [request.organizationId, request.stackId]) expect(said).not.toContain(id)
})

const names = {
  organization: fc.stringMatching(/^[a-z0-9][a-z0-9_-]{1,38}[a-z0-9]$/),
  project: fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/),
  stack: fc.stringMatching(/^[A-Za-z0-9_.-]{1,100}$/),
  operation: fc.constantFrom(...OPERATIONS),
}

test('claims never lie: each part of the subject is the claim beside it and the identity that asked', () => {
  fc.assert(
    fc.property(fc.record(names), fc.integer({ min: 1 }), (identity, deploymentVersion) => {
      const said = claims({ ...identity, deploymentVersion })
      const { org: organization, project, stack, operation } = said
      expect({ organization, project, stack, operation }).toEqual(identity)
      expect(parseSubject(said.sub)).toEqual(identity)
      expect(said.stackId?.split('/')).toEqual([organization, project, stack])
      expect(Number(said.deployment)).toBe(deploymentVersion)
    }),
  )
})

test('whatever the parts are, there is a token that says them or none', () => {
  const anything = fc.oneof(
    fc.string(),
    fc.constantFrom('a:b', '*', 'dev:operation:destroy', 'a/b', 'dev\n', ''),
  )
  const parts = fc.record({ organization: anything, project: anything, stack: anything })
  fc.assert(
    fc.property(parts, (identity) => {
      let said: ReturnType<typeof claims>
      try {
        said = claims(identity)
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError)
        return
      }
      expect(parseSubject(said.sub)).toEqual({ ...identity, operation: 'update' })
    }),
  )
})

test.each(['prod:operation:destroy', 'prod*', '', 'a b', 'ünï', '../prod'])(
  'no stack can forge a subject by being called %j',
  (stack) => {
    expect(() => claims({ stack })).toThrow(TypeError)
  },
)

test('an operation that nobody knows gets no token', () => {
  expect(() => claims({ operation: 'deploy' as 'update' })).toThrow(TypeError)
})

test.each([
  'contoso',
  'sts.amazonaws.com',
  'api://AzureADTokenExchange',
  'https://idp.example.com/realms/a?b=c',
  'ö',
])('the audience %j stands in the token as it is', (audience) => {
  expect(claims({ audience }).aud).toBe(audience)
})

test.each(['', ' contoso', 'a\nb', 'a\u0000', 'a\u202eb', 'x'.repeat(601)])(
  'there is no audience %j',
  (audience) => {
    expect(() => claims({ audience })).toThrow(TypeError)
  },
)

test('the form of the subject is the stack’s, and the other claims are the same', () => {
  const { sub: _, ...others } = claims()
  expect(claims({ subjectForm: 'class' })).toStrictEqual({
    ...others,
    sub: 'pulumi:deploy:org:contoso:project:Core:stack:dev:access:write',
  })
  const compact = claims({ subjectForm: 'compact' })
  expect(compact).toStrictEqual({ ...others, sub: expect.stringMatching(/^dp1:[0-9a-z]{26}:update$/) })
  expect(readSubject(compact.sub)).toEqual({
    form: 'compact',
    stackUuid: request.stackId,
    operation: 'update',
  })
})

test('a retired name stands in no claim: only the compact form is then signed at all', () => {
  expect(() => claims({ nameRetired: true })).toThrow(TypeError)
  expect(() => claims({ nameRetired: true, subjectForm: 'class' })).toThrow(TypeError)
  const said = claims({ nameRetired: true, subjectForm: 'compact' })
  for (const name of ['project', 'stack', 'stackId']) expect(said).not.toHaveProperty(name)
  expect(said.org).toBe('contoso')
})

test.each([0, -1, 1.5, Number.NaN, 2 ** 53])('there is no deployment version %d', (deploymentVersion) => {
  expect(() => claims({ deploymentVersion })).toThrow(TypeError)
})
