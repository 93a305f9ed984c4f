import { expect, test } from 'vitest'
import { OPERATIONS, subjectOf } from '../subject.ts'
import { evaluateAzureTrust } from './evaluate.ts'
import { claims, credential } from './example.ts'
import { readFederatedCredentials } from './federated-credential.ts'
import {
  azureCommands,
  azurePulumiYaml,
  azureTerraform,
  generateAzureTrust,
  stacksAnApplicationHolds,
} from './generate.ts'

test.each([
  ['the list of az and of Graph', [credential]],
  ['an answer of Graph', { '@odata.context': 'x', value: [{ id: '1', description: null, ...credential }] }],
  [
    'Azure Resource Manager',
    [{ id: '/x', name: credential.name, properties: { ...credential, name: undefined } }],
  ],
])('%s is read, as text and as value', (_, written) => {
  const expected = { ok: true, credentials: [credential] }
  expect(readFederatedCredentials(written)).toEqual(expected)
  expect(readFederatedCredentials(JSON.stringify(written))).toEqual(expected)
})

const many = Array.from({ length: 21 }, (_, at) => ({ ...credential, name: `c${at}`, subject: `s${at}` }))

test.each([
  ['{', '$'],
  ['[{"name":"a","name":"b"}]', '$[0].name'],
  [{}, '$'],
  [[3], '$[0]'],
  [[{ ...credential, name: '' }], '$[0].name'],
  [[{ ...credential, issuer: `${credential.issuer} ` }], '$[0].issuer'],
  [[{ ...credential, subject: 's'.repeat(601) }], '$[0].subject'],
  [[{ ...credential, audiences: [] }], '$[0].audiences'],
  [[{ ...credential, subject: undefined, claimsMatchingExpression: {} }], '$[0].claimsMatchingExpression'],
  [[credential, { ...credential, subject: 'other' }], '$[1].name'],
  [[credential, { ...credential, name: 'other' }], '$[1].subject'],
  [many, '$[20]'],
])('%j is refused at %s', (written, path) => {
  expect(readFederatedCredentials(written)).toMatchObject({ ok: false, refusal: { path } })
})

test('what is generated lets in its own operations and no other stack', () => {
  const stack = { organization: 'acme', project: 'shop', stack: 'dev.eu' }
  const made = generateAzureTrust({
    issuerUrl: claims.iss,
    audience: 'acme',
    stack,
    operations: ['update', 'preview'],
  })
  if (!made.ok) throw new Error(made.refusal.sentence)
  expect(readFederatedCredentials(made.credentials)).toMatchObject({ ok: true })
  const allowed = (identity: Parameters<typeof subjectOf>[0]) =>
    evaluateAzureTrust({ credentials: made.credentials, claims: { ...claims, sub: subjectOf(identity) } })
      .allowed
  expect(OPERATIONS.filter((operation) => allowed({ ...stack, operation }))).toEqual(['preview', 'update'])
  expect(allowed({ ...stack, stack: 'dev-eu', operation: 'update' })).toBe(false)
  expect(new Set(made.credentials.map(({ name }) => name)).size).toBe(2)
  for (const text of [
    azureCommands(made.credentials, 'id'),
    azureTerraform(made.credentials, 'id'),
    azurePulumiYaml(made.credentials, 'id'),
  ]) {
    for (const { subject } of made.credentials) expect(text).toContain(subject)
  }
})

test('an http issuer is refused, and an application has room for three stacks with all operations', () => {
  const stack = { organization: 'acme', project: 'shop', stack: 'dev' }
  expect(generateAzureTrust({ issuerUrl: 'http://x.example', audience: 'acme', stack })).toMatchObject({
    refusal: { code: 'generate_issuer' },
  })
  expect(stacksAnApplicationHolds(6)).toBe(3)
  expect(stacksAnApplicationHolds(2)).toBe(10)
})

test('the class form needs two credentials, which let in the stack’s six operations and no other stack', () => {
  const stack = { organization: 'acme', project: 'shop', stack: 'dev', form: 'class' as const }
  const issuerUrl = 'https://daypass.example.com/oidc'
  const made = generateAzureTrust({ issuerUrl, audience: 'acme', stack })
  if (!made.ok) throw new Error(made.refusal.sentence)
  const { credentials } = made
  expect(credentials.map(({ name }) => name)).toEqual(['daypass-shop-dev-read', 'daypass-shop-dev-write'])
  const lets = (identity: Parameters<typeof subjectOf>[0]) =>
    evaluateAzureTrust({ credentials, claims: { iss: issuerUrl, aud: 'acme', sub: subjectOf(identity) } })
      .allowed
  for (const operation of OPERATIONS) {
    expect(lets({ ...stack, operation })).toBe(true)
    expect(lets({ ...stack, stack: 'prod', operation })).toBe(false)
    expect(lets({ ...stack, form: 'pulumi', operation })).toBe(false)
  }
})
