import fc from 'fast-check'
import { expect, test } from 'vitest'
import { OPERATIONS, subjectOf } from '../subject.ts'
import { evaluateGoogleTrust } from './evaluate.ts'
import { claims, MUTANTS, POOL, subjectMember, trustOf, written } from './example.ts'
import { explainGoogleTrust } from './explain.ts'
import { GOOGLE_EXPLANATION_CODES } from './explanation.ts'
import { evaluateExpression } from './expression.ts'
import { generateGoogleTrust, googleCommands, googlePulumiYaml, googleTerraform } from './generate.ts'
import { explainGoogleError } from './sts-errors.ts'
import { readGoogleTrust } from './workload-provider.ts'

const decide = (...change: Parameters<typeof trustOf>) => evaluateGoogleTrust(trustOf(...change), claims)

test.each([
  ['its subject', subjectMember(claims.sub)],
  ['the value of an attribute', `principalSet://${POOL}/attribute.project/shop`],
  ['the whole pool', `principalSet://${POOL}/*`],
])('a binding of %s lets the token act as the service account', (_, member) => {
  expect(decide({ members: ['user:alice@example.com', member] })).toEqual({
    allowed: true,
    principal: subjectMember(claims.sub),
    member,
  })
})

test.each(MUTANTS)('%s: refused, and named', (code, clause, change) => {
  const trust = trustOf(change)
  const decision = evaluateGoogleTrust(trust, claims)
  expect(decision.allowed).toBe(false)
  expect(explainGoogleTrust(decision, trust, claims)).toMatchObject({ code, clause })
  expect(GOOGLE_EXPLANATION_CODES).toContain(code)
})

test('the condition sees the claims, the mapped subject and the attributes', () => {
  const attributeCondition =
    'assertion.org == "acme" && attribute.project == "shop" && google.subject.startsWith("pulumi:deploy:")'
  expect(decide({ provider: { attributeCondition } }).allowed).toBe(true)
})

test('the provider name is the audience where none is allowed', () => {
  const aud = `https://${POOL}/providers/issuer`
  const trust = trustOf({ oidc: { allowedAudiences: [] } })
  expect(evaluateGoogleTrust(trust, { ...claims, aud }).allowed).toBe(true)
  expect(evaluateGoogleTrust(trust, { ...claims, aud: aud.replace('https:', '') }).allowed).toBe(true)
})

test('a binding with an IAM condition counts for nothing here', () => {
  const member = subjectMember(claims.sub)
  const bindings = [
    { role: 'roles/iam.workloadIdentityUser', members: [member], condition: { expression: 'true' } },
  ]
  expect(decide({ bindings }).allowed).toBe(false)
})

test('127 bytes are the most for a subject, by bytes and not by characters', () => {
  const mapped = (subject: string) =>
    decide({
      provider: { attributeMapping: { 'google.subject': JSON.stringify(subject) } },
      members: [subjectMember(subject)],
    }).allowed
  expect(mapped('s'.repeat(127))).toBe(true)
  expect(mapped('s'.repeat(128))).toBe(false)
  expect(mapped('é'.repeat(64))).toBe(false)
})

test.each([
  ["assertion.sub.extract('project:{name}:stack')", 'shop'],
  ["assertion.sub.extract('operation:{rest}')", 'update:scope:write'],
  ["assertion.sub.extract('nothing:{rest}')", ''],
  ["assertion.sub.split(':')[3]", 'acme'],
])('%s gives %j', (expression, value) => {
  expect(evaluateExpression(expression, { assertion: { sub: claims.sub } })).toEqual({ ok: true, value })
})

test.each([
  ['{', '$'],
  ['{"provider":1,"provider":2}', '$.provider'],
  [[], '$'],
  [
    written({
      provider: { name: 'projects/acme/locations/global/workloadIdentityPools/daypass/providers/issuer' },
    }),
    '$.provider.name',
  ],
  [written({ oidc: { issuerUri: 'http://x.example' } }), '$.provider.oidc.issuerUri'],
  [written({ provider: { attributeMapping: {} } }), '$.provider.attributeMapping'],
  [
    written({ provider: { attributeMapping: { 'google.subject': 'a', 'google.x': 'b' } } }),
    '$.provider.attributeMapping["google.x"]',
  ],
  [written({ bindings: [{ role: 'x' }] }), '$.serviceAccount.policy.bindings[0]'],
])('%j is refused at %s', (value, path) => {
  expect(readGoogleTrust(value)).toMatchObject({ ok: false, refusal: { path } })
})

test('what is generated lets in its operations of its stack and nobody else, long names too', () => {
  const name = fc.constantFrom('dev', 'prod', 'a-very-long-name-of-a-project-or-a-stack', 'a.b_c')
  const stacks = fc.record({
    organization: fc.constantFrom('acme', 'other-organization'),
    project: name,
    stack: name,
  })
  fc.assert(
    fc.property(
      stacks,
      stacks,
      fc.subarray([...OPERATIONS], { minLength: 1 }),
      (stack, other, operations) => {
        const made = generateGoogleTrust({
          issuerUrl: claims.iss,
          audience: 'acme',
          projectNumber: '123456',
          poolId: 'daypass',
          providerId: 'issuer',
          serviceAccount: 'shop@acme-prod.iam.gserviceaccount.com',
          stack,
          operations,
        })
        if (!made.ok) throw new Error(made.refusal.sentence)
        const allows = (identity: typeof stack) =>
          OPERATIONS.filter((operation) => {
            const { organization, project, stack: name } = identity
            const token = {
              ...claims,
              operation,
              stackId: `${organization}/${project}/${name}`,
              sub: subjectOf({ ...identity, operation }),
            }
            return evaluateGoogleTrust(made.trust, token).allowed
          })
        expect(allows(stack).toSorted()).toEqual(operations.toSorted())
        const isSame = JSON.stringify(stack) === JSON.stringify(other)
        if (!isSame) expect(allows(other)).toEqual([])
        for (const text of [
          googleCommands(made.trust),
          googleTerraform(made.trust),
          googlePulumiYaml(made.trust),
        ]) {
          expect(text).toContain('shop@acme-prod.iam.gserviceaccount.com')
        }
      },
    ),
  )
})

const asked = {
  projectNumber: '123456',
  poolId: 'daypass',
  providerId: 'issuer',
  serviceAccount: 'shop@acme-prod.iam.gserviceaccount.com',
  claims: { iss: claims.iss, sub: claims.sub, aud: 'acme' },
}

test.each([
  [
    'sts',
    'invalid_target',
    'The target service indicated by the "audience" parameters is invalid.',
    'provider_missing',
  ],
  [
    'sts',
    'unauthorized_client',
    'The given credential is rejected by the attribute condition.',
    'condition_false',
  ],
  [
    'sts',
    'invalid_grant',
    'The audience in ID Token [acme] does not match the expected audience.',
    'audience_differs',
  ],
  [
    'sts',
    'invalid_grant',
    'The issuer in ID Token https://x does not match the expected ones.',
    'issuer_other_issuer',
  ],
  ['sts', 'invalid_grant', 'ID Token issued at 1 is stale to sign-in.', 'token_expired'],
  ['sts', 'invalid_grant', "Error connecting to the given credential's issuer.", 'issuer_unreachable'],
  [
    'sts',
    'invalid_request',
    'The size of mapped attribute google.subject exceeds the 127 bytes limit.',
    'subject_too_long',
  ],
  ['sts', 'something', 'new', 'google_unknown'],
  [
    'impersonation',
    'PERMISSION_DENIED',
    "Permission 'iam.serviceAccounts.getAccessToken' denied",
    'impersonation_refused',
  ],
  ['impersonation', 'NOT_FOUND', 'Not found; Gaia id not found for email', 'service_account_missing'],
] as const)('%s %s is %4$s', (from, code, message, expected) => {
  expect(explainGoogleError({ from, code, message }, asked).code).toBe(expected)
})
