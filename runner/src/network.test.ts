import { createServer, setGlobalProxyFromEnv } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { proxySecrets, proxyVariables, usesProxy } from './network.ts'

const HERE = 'localhost,127.0.0.1,::1,[::1]'

test('both spellings are given, the lower case one wins, and this machine is left out', () => {
  const environment = { HTTPS_PROXY: 'http://a', https_proxy: 'http://b', no_proxy: 'c', HTTP_PROXY: '' }
  expect(proxyVariables(environment, ['127.0.0.2'])).toEqual({
    HTTPS_PROXY: 'http://b',
    https_proxy: 'http://b',
    NO_PROXY: `c,${HERE},127.0.0.2`,
    no_proxy: `c,${HERE},127.0.0.2`,
  })
})

test('only a proxy is one', () => {
  expect(proxyVariables({ ALL_PROXY: 'http://a', NO_PROXY: 'x' })).toEqual({})
  expect(usesProxy({})).toBe(false)
  expect(usesProxy(proxyVariables({ http_proxy: 'http://a' }))).toBe(true)
})

test.each(['127.0.0.1', '127.0.0.2', '[::1]', 'localhost'])(
  'a token for a server at %s never meets the proxy',
  async (host) => {
    const server = createServer((_request, response) => response.end('direct'))
    await new Promise<void>((resolve) => server.listen(0, host === '[::1]' ? '::1' : undefined, resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    // Nobody listens there.
    onTestFinished(setGlobalProxyFromEnv(proxyVariables({ HTTP_PROXY: 'http://127.0.0.1:1' }, [host])))
    expect(await (await fetch(`http://${host}:${port}/`)).text()).toBe('direct')
    await expect(fetch(`http://example.test:${port}/`)).rejects.toThrow()
  },
)

test('its password is a secret, as it is written and as it is meant', () => {
  const variables = proxyVariables({
    HTTPS_PROXY: 'http://me:a%20b@proxy:3128',
    HTTP_PROXY: 'http://proxy:3128',
  })
  expect(new Set(proxySecrets(variables))).toEqual(new Set(['a%20b', 'a b']))
  expect(proxySecrets({ HTTPS_PROXY: 'not a url' })).toEqual([])
})
