import { expect, test } from 'vitest'
import { oneResource, resourceListPieces } from './resource-list.ts'

const SECRET = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270', ciphertext: 'v1:x' }
const URN = 'urn:pulumi:dev::shop::t:m:T::a"b'
const STATE = {
  manifest: { resources: [{ urn: 'not one' }] },
  resources: [
    { urn: 'urn:root', type: 'pulumi:pulumi:Stack', outputs: { token: SECRET } },
    { urn: URN, type: 't:m:T', custom: true, delete: true, id: 'old', inputs: { size: 1 } },
    {
      urn: URN,
      type: 't:m:T',
      custom: true,
      id: 'new',
      parent: 'urn:root',
      dependencies: ['urn:root'],
      protect: true,
      inputs: { size: 2, token: SECRET },
      propertyDependencies: { size: ['urn:root'] },
    },
  ],
}

/** Cut at every place: nothing may hang on where a piece ends. */
async function* pieces(text = JSON.stringify(STATE), bytes = 7): AsyncGenerator<Buffer> {
  const whole = Buffer.from(text)
  for (let at = 0; at < whole.length; at += bytes) yield whole.subarray(at, at + bytes)
}

async function listed(text?: string): Promise<unknown> {
  const answer = Buffer.concat(await Array.fromAsync(resourceListPieces(pieces(text), 4)))
  return JSON.parse(answer.toString())
}

test('A list tells what each resource is, with what clients need, and no property', async () => {
  const old = { id: 'old', type: 't:m:T', urn: URN, custom: true, delete: true, dependencies: [] }
  expect(await listed()).toEqual({
    resources: [
      {
        resource: {
          type: 'pulumi:pulumi:Stack',
          urn: 'urn:root',
          custom: false,
          delete: false,
          dependencies: [],
        },
      },
      { resource: old },
      {
        resource: {
          ...old,
          id: 'new',
          delete: false,
          dependencies: ['urn:root'],
          parent: 'urn:root',
          protect: true,
        },
      },
    ],
    region: '',
    version: 4,
  })
})

test('A state without resources has an empty list', async () => {
  const none = { resources: [], region: '', version: 4 }
  expect(await listed('{}')).toEqual(none)
  expect(await listed('{"resources":null}')).toEqual(none)
})

test('One resource has its properties, secrets as ciphertexts; the one that goes is passed over', async () => {
  expect(JSON.parse((await oneResource(pieces(), URN)) ?? '')).toMatchObject({
    id: 'new',
    inputs: { size: 2, token: SECRET },
  })
  expect(await oneResource(pieces(), 'urn:none')).toBeUndefined()
})
