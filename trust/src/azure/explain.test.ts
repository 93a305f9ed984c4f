import { expect, test } from 'vitest'
import { explainEntraError } from './entra-errors.ts'
import { evaluateAzureTrust } from './evaluate.ts'
import { claims, credential, MUTANTS } from './example.ts'
import { explainAzureTrust } from './explain.ts'
import { AZURE_EXPLANATION_CODES } from './explanation.ts'

const explain = (...changes: Partial<typeof credential>[]) => {
  const credentials = changes.map((change, index) => ({ ...credential, name: `c${index}`, ...change }))
  return explainAzureTrust(evaluateAzureTrust({ credentials, claims }), claims)
}

test.each(MUTANTS)('%s is named, with the right value to write', (code, clause, change) => {
  const [first, ...others] = explain(change)
  expect(first).toMatchObject({ code, clause })
  expect(others).toEqual([])
  expect(AZURE_EXPLANATION_CODES).toContain(code)
  const right = { issuer: claims.iss, subject: claims.sub, audience: claims.aud }[clause] ?? ''
  expect(first?.mend).toContain(JSON.stringify(right))
})

test('the nearest credential is spoken of first', () => {
  const [first] = explain(
    { issuer: 'https://elsewhere.example.com' },
    { subject: claims.sub.replace('dev', 'prod') },
  )
  expect(first?.sentence).toBe(
    'The credential "c1" trusts stack "prod", but this deployment is of stack "dev".',
  )
})

test('a token that is let in needs no explanation, and no credential at all is said as such', () => {
  expect(explain({})).toEqual([])
  expect(explain()).toMatchObject([{ code: 'no_credentials', clause: 'credential' }])
})

const asked = { clientId: 'c1b2', tenantId: 't1', claims }

test.each([
  [700213, 'credential_missing', 'subject', false],
  [700211, 'credential_missing', 'issuer', false],
  [700212, 'credential_missing', 'audience', false],
  [700016, 'application_missing', 'application', false],
  [90002, 'tenant_missing', 'tenant', false],
  [700024, 'token_expired', 'token', false],
  [700027, 'token_key_unknown', 'token', true],
  [501661, 'issuer_unreachable', 'issuer', true],
  [90033, 'entra_unavailable', 'entra', true],
  [4711, 'entra_unknown', 'entra', false],
])('AADSTS%i is %s', (number, code, clause, retryable) => {
  const description = `AADSTS${number}: Something. Trace ID: 1 Correlation ID: 2`
  const told = explainEntraError({ error: 'invalid_client', codes: [number], description }, asked)
  expect(told).toMatchObject({ code, clause, retryable })
  expect(told.sentence).not.toContain('Trace ID')
})
