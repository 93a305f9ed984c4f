import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ISSUER_DIFFERENCES, issuerDifference, sayIssuerDifference } from './issuer-difference.ts'

const right = 'daypass.example.com/oidc'

test.each([
  ['https://daypass.example.com/oidc', 'scheme'],
  ['http://daypass.example.com/oidc', 'scheme'],
  ['HTTPS://daypass.example.com/oidc/', 'scheme'],
  ['daypass.example.com/oidc/', 'trailing_slash'],
  ['daypass.example.com/oidc//', 'trailing_slash'],
  ['daypass.example.com:443/oidc', 'port'],
  ['daypass.example.com:8443/oidc', 'port'],
  ['Daypass.example.com/oidc', 'case'],
  ['daypass.example.com/OIDC', 'case'],
  ['daypass.example.com', 'path'],
  ['daypass.example.com/oidc/v2', 'path'],
  ['daypass.example.com/oidc/.well-known/openid-configuration', 'discovery_suffix'],
  ['daypass.example.com/oidc2', 'other_issuer'],
  ['example.com/oidc', 'other_issuer'],
  ['daypass.example.com.evil.example/oidc', 'other_issuer'],
  ['api.pulumi.com/oidc', 'other_issuer'],
  ['', 'other_issuer'],
])('%j misses by %s', (written, difference) => {
  expect(issuerDifference(written, right)).toBe(difference)
})

test('the mistake may be on the other side', () => {
  expect(issuerDifference('127.0.0.1/oidc', '127.0.0.1:4300/oidc')).toBe('port')
  expect(issuerDifference('127.0.0.1:4301/oidc', '127.0.0.1:4300/oidc')).toBe('port')
  expect(issuerDifference('daypass.example.com', 'daypass.example.com/')).toBe('trailing_slash')
  expect(sayIssuerDifference('trailing_slash', 'daypass.example.com/')).toContain('lacks')
})

test('with schemes on both sides the scheme itself is compared', () => {
  expect(issuerDifference('http://daypass.example.com', 'https://daypass.example.com')).toBe('scheme')
  expect(issuerDifference('https://daypass.example.com/', 'https://daypass.example.com')).toBe(
    'trailing_slash',
  )
})

test('every difference has words of its own', () => {
  const words = ISSUER_DIFFERENCES.map((difference) => sayIssuerDifference(difference, right))
  expect(new Set(words).size).toBe(ISSUER_DIFFERENCES.length)
})

test('whatever is written, some difference is named, and in no time', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (written, wanted) => {
      expect(ISSUER_DIFFERENCES).toContain(issuerDifference(written, wanted))
    }),
  )
  const started = performance.now()
  issuerDifference('/'.repeat(20_000), ':1'.repeat(10_000))
  expect(performance.now() - started).toBeLessThan(1000)
})
