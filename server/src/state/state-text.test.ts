import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isRefusal } from '../refuse.ts'
import { exportText, readMember, readUntypedDeployment } from './state-text.ts'
import type { StateText } from './stored-state.ts'

const place = { url: 'https://day.example', owner: 'acme', project: 'web', stack: 'prod' }

function read(text: string): StateText {
  const state = readUntypedDeployment(Buffer.from(text))
  if (isRefusal(state)) throw new Error(state.message)
  return state
}

test('what was read is exported to the letter', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.constantFrom(0, 1, 2),
      (deployment, indent) => {
        fc.pre(!Object.hasOwn(deployment, 'resources') && !Object.hasOwn(deployment, 'secrets_providers'))
        const text = `{"version":3,"deployment":${JSON.stringify(deployment, undefined, indent)}}`
        expect(exportText(read(text), place).toString()).toBe(text)
      },
    ),
  )
})

test('only the place of the service’s secrets provider is written anew', () => {
  const text = (url: string, names: string): string =>
    `{"version":3,"deployment":{"a":-0,"secrets_providers":{"state":{"url":${url},${names},"x":1e400},"type":"service"}}}`
  const given = text('"http:\\/\\/elsewhere"', '"owner":"o", "project" : "p","stack":null')
  expect(exportText(read(given), place).toString()).toBe(
    text('"https://day.example"', '"owner":"acme", "project" : "web","stack":"prod"'),
  )
  for (const other of ['"passphrase"', 'null', '{}']) {
    const foreign = given.replace('"service"', other)
    expect(exportText(read(foreign), place).toString()).toBe(foreign)
  }
  const escaped = given.replace('"service"', '"servic\\u0065"')
  expect(exportText(read(escaped), place).toString()).toContain('"https://day.example"')
})

test.each([
  '{"version":3,"deployment":{"secrets_providers":null}}',
  '{"version":3,"deployment":{"secrets_providers":"service"}}',
  '{"version":3,"deployment":{"secrets_providers":{"type":"service"}}}',
  '{"version":3,"deployment":{"secrets_providers":{"type":"service","state":null}}}',
  '{"version":3,"deployment":{"resources":null}}',
])('%s is nobody’s business', (text) => {
  expect(exportText(read(text), place).toString()).toBe(text)
})

test('resources are counted, whatever they are', () => {
  const count = (resources: string): number =>
    read(`{"version":3,"deployment":{"resources":${resources}}}`).resourceCount
  expect([count('null'), count('[]'), count('[ {} , {"a":[1,2]} ]')]).toEqual([0, 0, 2])
})

test('a member is read from any body, and its absence is not a fault', () => {
  const body = Buffer.from('{"state":{"version":4,"features":["taint"],"deployment":{}},"none":null}')
  expect(readMember(body, 'state')).toMatchObject({ schemaVersion: 4, features: ['taint'] })
  expect(readMember(body, 'none')).toBeUndefined()
  expect(readMember(body, 'other')).toBeUndefined()
  expect(readMember(Buffer.from('{'), 'state')).toMatchObject({ status: 400 })
})
