import { expect, test } from 'vitest'
import { proxySecrets, proxyVariables, usesProxy } from './network.ts'

test('both spellings are given, and the lower case one wins', () => {
  expect(
    proxyVariables({ HTTPS_PROXY: 'http://a', https_proxy: 'http://b', no_proxy: 'c', HTTP_PROXY: '' }),
  ).toEqual({
    HTTPS_PROXY: 'http://b',
    https_proxy: 'http://b',
    NO_PROXY: 'c',
    no_proxy: 'c',
  })
  expect(proxyVariables({ ALL_PROXY: 'http://a' })).toEqual({})
})

test('only a proxy is one', () => {
  expect(usesProxy({ NO_PROXY: 'x', no_proxy: 'x' })).toBe(false)
  expect(usesProxy({ HTTP_PROXY: 'http://a' })).toBe(true)
})

test('its password is a secret, as it is written and as it is meant', () => {
  const variables = proxyVariables({
    HTTPS_PROXY: 'http://me:a%20b@proxy:3128',
    HTTP_PROXY: 'http://proxy:3128',
  })
  expect(new Set(proxySecrets(variables))).toEqual(new Set(['a%20b', 'a b']))
  expect(proxySecrets({ HTTPS_PROXY: 'not a url' })).toEqual([])
})
