import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isRefusal } from '../refuse.ts'
import { exportPieces } from './export-text.ts'
import { rootOutputs } from './root-outputs.ts'
import { receiveState } from './sent-state.ts'
import { unpacked } from './state-chunks.ts'
import type { PassingState } from './stored-state.ts'

const place = { url: 'https://day.example', owner: 'acme', project: 'web', stack: 'prod' }

/** @param cuts Where the text falls into pieces. */
async function read(text: string, cuts: readonly number[] = []): Promise<PassingState> {
  const state = await receiveState(inPieces(Buffer.from(text), cuts))
  if (isRefusal(state)) throw new Error(state.message)
  return { ...state, text: unpacked(state.chunks, state.byteCount) }
}

function inPieces(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((one, other) => one - other)
  return [0, ...places].map((start, index) => bytes.subarray(start, places[index]))
}

async function exported(text: string, cuts?: readonly number[]): Promise<string> {
  return Buffer.concat(await Array.fromAsync(exportPieces(await read(text, cuts), place))).toString()
}

test('what was read is exported to the letter, however it came in pieces', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.constantFrom(0, 1, 2),
      fc.array(fc.nat(), { maxLength: 6 }),
      async (deployment, indent, cuts) => {
        fc.pre(!Object.hasOwn(deployment, 'resources') && !Object.hasOwn(deployment, 'secrets_providers'))
        const text = `{"version":3,"deployment":${JSON.stringify(deployment, undefined, indent)}}`
        expect(await exported(text, cuts)).toBe(text)
      },
    ),
  )
})

test('only the place of the service’s secrets provider is written anew', async () => {
  const text = (url: string, names: string): string =>
    `{"version":3,"deployment":{"a":-0,"secrets_providers":{"state":{"url":${url},${names},"x":1e400},"type":"service"},"b":{"secrets_providers":1}}}`
  const given = text('"http:\\/\\/elsewhere"', '"owner":"o", "project" : "p","stack":null')
  expect(await exported(given)).toBe(
    text('"https://day.example"', '"owner":"acme", "project" : "web","stack":"prod"'),
  )
  for (const other of ['"passphrase"', 'null', '{}']) {
    const foreign = given.replace('"service"', other)
    expect(await exported(foreign)).toBe(foreign)
  }
  const escaped = given.replace('"service"', '"servic\\u0065"')
  expect(await exported(escaped)).toContain('"https://day.example"')
})

test('the provider is found wherever it stands in a state of many chunks, and across their borders', async () => {
  const provider = (url: string): string => `{"type":"service","state":{"url":${JSON.stringify(url)}}}`
  for (const before of [0, 999_900, 999_960, 1_999_999, 2_400_000]) {
    const text = (url: string): string =>
      `{"version":3,"deployment":{"pad":"${'x'.repeat(before)}","secrets_providers":${provider(url)},"more":"${'y'.repeat(1_200_000)}"}}`
    expect((await exported(text('http://elsewhere'))) === text(place.url)).toBe(true)
  }
})

test.each([
  '{"version":3,"deployment":{"secrets_providers":null}}',
  '{"version":3,"deployment":{"secrets_providers":"service"}}',
  '{"version":3,"deployment":{"secrets_providers":{"type":"service"}}}',
  '{"version":3,"deployment":{"secrets_providers":{"type":"service","state":null}}}',
  '{"version":3,"deployment":{"resources":null}}',
])('%s is nobody’s business', async (text) => {
  expect(await exported(text)).toBe(text)
})

test('the outputs of the root resource are found in any piece, and nowhere else', async () => {
  const outputs = '{"n":12345678901234567890,"s":[1, {"a":"}"}]}'
  const root = `{"urn":"r","type":"pulumi:pulumi:Stack","outputs":${outputs}}`
  const other = '{"urn":"a","type":"t","outputs":{"x":"pulumi:pulumi:Stack","y":"\\"pulumi:pulumi:Stack\\""}}'
  const found = async (resources: string, cuts: readonly number[]): Promise<string> =>
    (
      await rootOutputs(inPieces(Buffer.from(`{"a":{"resources":[${root}]},"resources":${resources}}`), cuts))
    ).toString()
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(), { maxLength: 8 }), async (cuts) => {
      expect(await found(`[ ${other} ,null, ${root},${other}]`, cuts)).toBe(outputs)
      expect(await found(`[${other}]`, cuts)).toBe('{}')
      expect(await found('null', cuts)).toBe('{}')
    }),
  )
  expect(await found('[{"type":"pulumi:pulumi:Stack","outputs":null}]', [])).toBe('{}')
  const state = await read(`{"version":3,"deployment":{"resources":[${root}]}}`)
  expect((await rootOutputs(state.text)).toString()).toBe(outputs)
})
