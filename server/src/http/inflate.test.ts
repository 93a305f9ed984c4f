import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { InflatedTooLarge, inflated, NotGzip } from './inflate.ts'

const MB = 1024 * 1024
const small = Buffer.from('small')
const large = randomBytes(3 * MB)

test.each([
  ['nothing', [Buffer.alloc(0)]],
  ['a small text', [small]],
  ['a large one', [large]],
  ['several members, of which the last is small', [large, large, small]],
  ['several members, of which the last is large', [small, large]],
  ['a few bytes that become many', [Buffer.alloc(30 * MB, 'x')]],
])('%s comes back as it was', async (_name, texts) => {
  const whole = Buffer.concat(texts)
  const gzip = Buffer.concat(texts.map((text) => gzipSync(text, { level: 1 })))
  expect((await inflated(gzip, 40 * MB)).equals(whole)).toBe(true)
  expect((await inflated(gzip, whole.length || 1)).equals(whole)).toBe(true)
  if (whole.length > 1) await expect(inflated(gzip, whole.length - 1)).rejects.toThrow(InflatedTooLarge)
})

test.each([small, large])(
  'what is no gzip, was altered, or ends early is not taken for one',
  async (text) => {
    const gzip = gzipSync(text)
    const altered = Buffer.from(gzip)
    altered.writeUInt8(altered.readUInt8(altered.length - 6) ^ 1, altered.length - 6) // of the checksum
    for (const bytes of [text, altered, gzip.subarray(0, -1), gzip.subarray(0, gzip.length >> 1)]) {
      await expect(inflated(bytes, 10 * MB)).rejects.toThrow(NotGzip)
    }
  },
)
