import fc from 'fast-check'
import { expect, test } from 'vitest'
import { backupLines } from './backup-file.ts'

async function* pieces(text: string, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = new TextEncoder().encode(text)
  for (const size of sizes) {
    yield rest.subarray(0, size)
    rest = rest.subarray(size)
  }
  yield rest
}

test('the lines are the same, however the text was cut', async () => {
  const lines = fc.array(fc.string({ unit: 'binary' }).map((line) => line.replaceAll('\n', '')))
  await fc.assert(
    fc.asyncProperty(lines, fc.array(fc.nat(9)), async (given, sizes) => {
      const found: string[] = []
      const text = given.map((line) => `${line}\n`).join('')
      for await (const line of backupLines(pieces(text, sizes)))
        found.push(new TextDecoder('utf-8', { ignoreBOM: true }).decode(line))
      expect(found).toEqual(given.map((line) => line.toWellFormed()))
    }),
  )
})

test('what follows the last line feed is a line too', async () => {
  const found = await Array.fromAsync(backupLines(pieces('a\nbc', [1])))
  expect(found.map((line) => line.length)).toEqual([1, 2])
})
