import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { receiveState } from './sent-state.ts'
import { unpacked } from './state-chunks.ts'

const receive = (text: string, under?: string) => receiveState([Buffer.from(text)], under)

test('the deployment is cut out as it stands, wherever the body falls into pieces', async () => {
  const deployment = '{ "a" : -0, "resources":[ {} , {"a":[1,2]} ], "é":"\\u00e9" }'
  const bodies = [
    [`{"version":4,"features":["b", "a"],"deployment":${deployment}}`, undefined],
    [`{"deployment":${deployment} ,"features":["b","a"],"isInvalid":false,"version":4 } `, undefined],
    [`{"version":9,"in":{"deployment":${deployment},"features":["b","a"],"version":4}}`, 'in'],
  ] as const
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...bodies),
      fc.array(fc.nat(), { maxLength: 9 }),
      async ([text, under], cuts) => {
        const bytes = Buffer.from(text)
        const places = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((one, other) => one - other)
        const pieces = [0, ...places].map((start, index) => bytes.subarray(start, places[index]))
        const state = await receiveState(pieces, under)
        expect(state).toMatchObject({
          schemaVersion: 4,
          features: ['b', 'a'],
          resourceCount: 2,
          byteCount: Buffer.byteLength(deployment),
          sha256: createHash('sha256').update(deployment).digest(),
        })
        if (!('chunks' in state)) throw new Error(state.message)
        expect(Buffer.concat(await Array.fromAsync(unpacked(state.chunks, state.byteCount))).toString()).toBe(
          deployment,
        )
      },
    ),
  )
})

test('resources are counted, whatever they are, and only those of the deployment', async () => {
  const count = async (resources: string): Promise<number> => {
    const text = `{"version":3,"resources":[1],"deployment":{"a":{"resources":[1,2]},"resources":${resources},"b":[1]}}`
    const state = await receive(text)
    if (!('chunks' in state)) throw new Error(state.message)
    return state.resourceCount
  }
  expect([await count('null'), await count('[]'), await count('[ 1 , {"a":[1,2]}, [3,4] ]')]).toEqual([
    0, 0, 3,
  ])
})

test.each([
  ['', 'malformed_body'],
  ['[]', 'malformed_body'],
  ['{}', 'malformed_state'],
  ['{"version":3}', 'malformed_state'],
  ['{"version":3,"deployment":null}', 'malformed_state'],
  ['{"version":3,"deployment":[{}]}', 'malformed_state'],
  ['{"deployment":{}}', 'malformed_state'],
  ['{"version":3.5,"deployment":{}}', 'malformed_state'],
  ['{"version":3,"features":{},"deployment":{}}', 'malformed_state'],
  ['{"version":3,"deployment":{},"deployment":{}}', 'malformed_body'],
  ['{"version":3,"deployment":{"a":1,"\\u0061":1}}', 'malformed_body'],
  ['{"version":3,"deployment":{"resources":{}}}', 'malformed_body'],
  ['{"version":3,"deployment":{"a":[}}', 'malformed_body'],
  ['{"version":3,"deployment":{}', 'malformed_body'],
  [`{"version":${'3'.repeat(100_000)},"deployment":{}}`, 'malformed_body'],
])('%.40s is refused as %s', async (text, reason) => {
  expect(await receive(text)).toMatchObject({ status: 400, reason })
})

test('a state inside of another object is missed', async () => {
  for (const text of [
    '{}',
    '{"version":3,"deployment":{}}',
    '{"in":null}',
    '{"other":{"version":3,"deployment":{}}}',
  ]) {
    expect(await receive(text, 'in')).toMatchObject({
      status: 400,
      reason: 'malformed_state',
      message: /"in"/,
    })
  }
  expect(await receive('{"in":[]}', 'in')).toMatchObject({ status: 400, reason: 'malformed_body' })
})
