/** What the clouds' own commands print is told apart by its shape, and what belongs together is judged together. */
import { expect, test } from 'vitest'
import { arrangeTrust, judgeTrust } from './arrangement.ts'
import { allow, arn, claims as awsExample, issuerUrl } from './aws/example.ts'
import { claims as azureExample, credential } from './azure/example.ts'
import { deploymentClaims } from './deployment-claims.ts'
import { readTrustDocument, type TrustDocument, UNNAMED_SERVICE_ACCOUNT } from './document.ts'
import { claims as googleClaims, written } from './google/example.ts'

const [awsClaims, azureClaims] = [{ ...awsExample, aud: 'acme' }, { ...azureExample }]
const policy = { Version: '2012-10-17', Statement: [allow] }
const roleArn = 'arn:aws:iam::123456789012:role/team/deploy'
const { provider, serviceAccount } = written()
const context = { issuerUrl, audience: 'acme' }

function document(value: unknown, email?: string): TrustDocument {
  const read = readTrustDocument(JSON.stringify(value), email)
  if (!read.ok) throw new Error(read.refusal.sentence)
  return read.document
}

test.each([
  ['a trust policy', policy, 'aws-trust-policy'],
  ['aws iam get-role', { Role: { Arn: roleArn, AssumeRolePolicyDocument: policy } }, 'aws-trust-policy'],
  [
    'a role of the API',
    { Arn: roleArn, AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(policy)) },
    'aws-trust-policy',
  ],
  [
    'aws iam get-open-id-connect-provider',
    { Url: 'daypass.example.com/oidc', ClientIDList: ['acme'] },
    'aws-provider',
  ],
  ['az ad app federated-credential list', [credential], 'azure-credentials'],
  ['az ad app federated-credential show', credential, 'azure-credentials'],
  ['Microsoft Graph', { value: [credential] }, 'azure-credentials'],
  ['gcloud … providers describe', provider, 'google-provider'],
  ['gcloud … get-iam-policy', serviceAccount.policy, 'google-service-account'],
  ['gcloud … get-iam-policy of nobody', { etag: 'ACAB', version: 1 }, 'google-service-account'],
  ['daypass trust generate google', written(), 'google-trust'],
])('%s is known by its shape', (_, value, kind) => {
  expect(document(value).kind).toBe(kind)
})

test.each([
  ['{', '$', false],
  ['{"a":1,"a":2}', '$.a', false],
  ['{"name":"package"}', '$', false],
  ['7', '$', false],
  ['{"Statement":[],"Statement":[]}', '$.Statement', false],
  [JSON.stringify({ ...policy, Statement: [{ ...allow, Effect: 'allow' }] }), '$.Statement[0].Effect', true],
  [JSON.stringify({ ClientIDList: ['acme'] }), '$.Url', true],
  [JSON.stringify({ ...credential, audiences: [] }), '$[0].audiences', true],
  [JSON.stringify({ ...provider, attributeMapping: {} }), '$.attributeMapping', true],
  [JSON.stringify({ bindings: [{ role: 'x' }] }), '$.bindings[0]', true],
])('%s is refused, and says where', (text, path, recognized) => {
  expect(readTrustDocument(text)).toMatchObject({ ok: false, recognized, refusal: { path } })
})

test('a policy of a service account is of the one that is named, or says that nobody was', () => {
  expect(document(serviceAccount.policy, 'shop@acme.example')).toMatchObject({
    serviceAccount: { email: 'shop@acme.example' },
  })
  expect(document(serviceAccount.policy)).toMatchObject({
    serviceAccount: { email: UNNAMED_SERVICE_ACCOUNT },
  })
})

test.each([
  ['AWS', [policy], awsClaims, 'statement 1'],
  ['Azure', [[credential]], azureClaims, 'credential "shop-dev-update"'],
  ['Google', [written()], googleClaims, 'principal://'],
  ['Google in two files', [provider, serviceAccount.policy], googleClaims, 'principal://'],
] as const)(
  '%s: let in by what is named, and another stack is refused with a mend',
  (_, values, claims, by) => {
    const arranged = arrangeTrust(
      values.map((value) => document(value)),
      context,
    )
    if (!arranged.ok) throw new Error(arranged.refusal.sentence)
    const judged = judgeTrust(arranged.arrangement, claims)
    expect(judged).toMatchObject({ allowed: true, explanations: [] })
    expect(judged.by).toContain(by)
    const prod = { ...claims, sub: claims.sub.replace('stack:dev', 'stack:prod'), stack: 'prod' }
    const [first] = judgeTrust(arranged.arrangement, prod).explanations
    expect(first?.code).toMatch(/subject_stack_differs$/)
    expect(first?.mend).toContain('stack:prod')
  },
)

test('the provider of AWS is taken as it was printed, not as it should be', () => {
  const registered = document({ Url: 'daypass.example.com/oidc', ClientIDList: ['Acme'] })
  const arranged = arrangeTrust([document(policy), registered], context)
  if (!arranged.ok) throw new Error(arranged.refusal.sentence)
  expect(judgeTrust(arranged.arrangement, awsClaims).explanations).toMatchObject([
    { code: 'audience_case_provider' },
  ])
})

test('the account is that of the role before that of the provider in the policy', () => {
  const other = {
    Role: { Arn: roleArn.replace('123456789012', '210987654321'), AssumeRolePolicyDocument: policy },
  }
  const arranged = arrangeTrust([document(other)], context)
  if (!arranged.ok) throw new Error(arranged.refusal.sentence)
  expect(arranged.arrangement).toMatchObject({
    provider: { arn: arn.replace('123456789012', '210987654321') },
  })
  expect(judgeTrust(arranged.arrangement, awsClaims).explanations).toMatchObject([
    { code: 'provider_other_account' },
  ])
})

test.each([
  [[], 'document_missing'],
  [[policy, policy], 'documents_do_not_fit'],
  [[policy, [credential]], 'documents_do_not_fit'],
  [[written(), provider], 'documents_do_not_fit'],
  [[provider], 'document_missing'],
  [[serviceAccount.policy], 'document_missing'],
  [[{ Url: 'daypass.example.com/oidc', ClientIDList: [] }], 'document_missing'],
  [[{ Statement: { ...allow, Principal: { AWS: '*' } } }], 'account_unknown'],
])('%j: %s', (values, code) => {
  expect(
    arrangeTrust(
      values.map((value) => document(value)),
      context,
    ),
  ).toMatchObject({ ok: false, refusal: { code } })
})

test('an audience in a list is none for Entra', () => {
  const arrangement = { cloud: 'azure', credentials: [credential] } as const
  expect(judgeTrust(arrangement, { ...azureClaims, aud: ['acme'] }).allowed).toBe(false)
})

test('the claims of a deployment that has not run are those that the example has', () => {
  const identity = { organization: 'acme', project: 'shop', stack: 'dev', operation: 'update' } as const
  const made = deploymentClaims({ ...identity, issuerUrl, audience: 'acme' })
  expect(made).toEqual({ ...googleClaims, deployment: '1' })
})

test('an expression on what only a run has is not called wrong, and is judged when it is said', () => {
  const condition = "assertion['urn:daypass:trigger'] == 'schedule'"
  const arranged = arrangeTrust([document(written({ provider: { attributeCondition: condition } }))], context)
  if (!arranged.ok) throw new Error(arranged.refusal.sentence)
  const identity = { organization: 'acme', project: 'shop', stack: 'dev', operation: 'update' } as const
  const judge = (trigger?: string) =>
    judgeTrust(
      arranged.arrangement,
      deploymentClaims({
        ...identity,
        issuerUrl,
        audience: 'acme',
        ofTheRun: trigger === undefined ? {} : { 'urn:daypass:trigger': trigger },
      }),
    )
  expect(judge().explanations).toMatchObject([{ code: 'claim_of_the_run', clause: 'condition' }])
  expect(judge('rest').explanations).toMatchObject([{ code: 'condition_false' }])
  expect(judge('schedule').allowed).toBe(true)
})
