import fc from 'fast-check'
import { expect, test } from 'vitest'
import { evaluateAzureTrust } from './evaluate.ts'
import { claims, credential, MUTANTS } from './example.ts'
import type { FederatedCredential } from './federated-credential.ts'

test('the credential with exactly these three lets the token in, wherever it stands', () => {
  const other = { ...credential, name: 'other', subject: 'someone:else' }
  expect(evaluateAzureTrust({ credentials: [other, credential], claims })).toEqual({
    allowed: true,
    credential: 'shop-dev-update',
  })
})

test.each(MUTANTS)('%s: refused, by the %s', (_, clause, change) => {
  const credentials = [{ ...credential, ...change }]
  expect(evaluateAzureTrust({ credentials, claims })).toMatchObject({
    allowed: false,
    clause,
    refusals: [{ clause }],
  })
})

test('what fits one credential by half and another by half fits neither', () => {
  const credentials = [
    { ...credential, name: 'one', audiences: ['other'] },
    { ...credential, name: 'two', subject: 'other' },
  ]
  expect(evaluateAzureTrust({ credentials, claims })).toMatchObject({ allowed: false, clause: 'audience' })
})

test('without credentials nobody is let in', () => {
  expect(evaluateAzureTrust({ credentials: [], claims })).toEqual({
    allowed: false,
    clause: 'issuer',
    refusals: [],
  })
})

test('letter by letter: any change of one character refuses', () => {
  const fields = fc.constantFrom<'issuer' | 'subject'>('issuer', 'subject')
  fc.assert(
    fc.property(fields, fc.nat(), fc.constantFrom('*', '?', 'x', ' ', ''), (field, place, character) => {
      const text = credential[field]
      const at = place % text.length
      const changed = text.slice(0, at) + character + text.slice(at + 1)
      fc.pre(changed !== text)
      const credentials: FederatedCredential[] = [{ ...credential, [field]: changed }]
      expect(evaluateAzureTrust({ credentials, claims }).allowed).toBe(false)
    }),
  )
})
