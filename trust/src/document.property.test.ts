/** Whatever somebody shows as a document, it is read, refused or judged: nothing throws, and no sentence has two lines. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { arrangeTrust, judgeTrust } from './arrangement.ts'
import { allow, issuerUrl } from './aws/example.ts'
import { credential } from './azure/example.ts'
import { checkDocuments } from './check/check.ts'
import { deploymentClaims } from './deployment-claims.ts'
import { readTrustDocument } from './document.ts'
import { written } from './google/example.ts'

const policy = { Version: '2012-10-17', Statement: [allow, { ...allow, Effect: 'Deny', Condition: {} }] }
const RIGHT: readonly unknown[] = [
  policy,
  { Role: { Arn: 'arn:aws:iam::123456789012:role/deploy', AssumeRolePolicyDocument: policy } },
  {
    Arn: 'arn:aws:iam::123456789012:role/deploy',
    AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(policy)),
  },
  { Url: 'daypass.example.com/oidc', ClientIDList: ['acme'] },
  [credential],
  { value: [{ name: 'a', properties: credential }] },
  written({ provider: { attributeCondition: 'assertion.org == "acme"' } }),
  written().provider,
  written().serviceAccount.policy,
]

const strange = fc.oneof(
  fc.constantFrom<unknown>(null, '', '*', '%7B%', '${x', '${*}', 'a\nb', '__proto__', {}, [], -0, true),
  fc.constantFrom<unknown>(
    'pulumi:*',
    'pulumi:deploy:org:*:project:?:stack:$:operation:up',
    '//:::',
    'has(',
    "assertion.sub.extract('{a}{b}')",
  ),
  fc.string(),
  fc.jsonValue(),
)

/** One place of it replaced. */
function replaced(value: unknown, path: readonly number[], by: unknown): unknown {
  const [first, ...rest] = path
  if (first === undefined || typeof value !== 'object' || value === null) return by
  const entries = Object.entries(value)
  const [key] = entries[first % Math.max(1, entries.length)] ?? []
  if (key === undefined) return by
  const changed = entries.map(([name, one]) => [name, name === key ? replaced(one, rest, by) : one] as const)
  return Array.isArray(value) ? changed.map(([, one]) => one) : Object.fromEntries(changed)
}

const documents = fc
  .tuple(
    fc.constantFrom(...RIGHT),
    fc.array(fc.tuple(fc.array(fc.nat(20), { maxLength: 6 }), strange), { maxLength: 3 }),
  )
  .map(([right, changes]) => changes.reduce<unknown>((value, [path, by]) => replaced(value, path, by), right))

const claims = deploymentClaims({
  organization: 'acme',
  project: 'shop',
  stack: 'dev',
  operation: 'update',
  issuerUrl,
  audience: 'acme',
})

function judgeAll(values: readonly unknown[]): readonly string[] {
  const named = values.map((value, at) => ({ name: String(at), read: readTrustDocument(value) }))
  const refusals = named.flatMap(({ read }) => (read.ok ? [] : [read.refusal.sentence]))
  const read = named.flatMap(({ read: one }) => (one.ok ? [one.document] : []))
  const arranged = arrangeTrust(read, { issuerUrl, audience: 'acme' })
  const judged = arranged.ok ? judgeTrust(arranged.arrangement, claims).explanations : []
  const found = checkDocuments(named, issuerUrl).flatMap(({ findings }) => findings)
  return [...refusals, ...[...judged, ...found].flatMap(({ sentence, mend }) => [sentence, mend])]
}

test('documents that are strange in a place or three', () => {
  fc.assert(
    fc.property(fc.array(documents, { minLength: 1, maxLength: 3 }), (values) => {
      for (const sentence of judgeAll(values)) expect(sentence).not.toMatch(/[\n\r]/)
    }),
    { numRuns: 2000, seed: 5 },
  )
}, 60_000)

test('anything at all, as text and as value', () => {
  fc.assert(
    fc.property(fc.oneof(strange, fc.json()), (value) => {
      judgeAll([value, JSON.stringify(value)])
    }),
    { numRuns: 500, seed: 6 },
  )
})
