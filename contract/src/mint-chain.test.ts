import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { headText, mintChain, type SealedMint } from './mint-chain.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const { leafOf, rootOf, headOf } = mintChain(sha256)

const mint: SealedMint = {
  seq: '7',
  jti: '6f9d3c0a-5d0e-4f6f-8a39-0d5ef2a7b001',
  kid: 'k',
  organizationId: 'o',
  stackId: 's',
  deploymentId: 'd',
  subject: 'pulumi:deploy:org:contoso',
  audience: 'contoso',
  purpose: 'exchange',
  issuedAt: 1_900_000_000,
  expiresAt: 1_900_000_300,
}
test('every field of a row changes its leaf', () => {
  const leaves = Object.entries(mint).map(([name, value]) =>
    leafOf({ ...mint, [name]: typeof value === 'number' ? value + 1 : `${value}x` }),
  )
  expect(new Set([...leaves, leafOf(mint)]).size).toBe(leaves.length + 1)
})

test('text cannot move from one field into its neighbour', () => {
  expect(leafOf({ ...mint, subject: 'ab', audience: 'c' })).not.toEqual(
    leafOf({ ...mint, subject: 'a', audience: 'bc' }),
  )
})

test('the tree of five leaves has the shape that RFC 9162 gives it', () => {
  const node = (left: string, right: string) => sha256(`node\n${left}\n${right}`)
  expect(rootOf(['a', 'b', 'c', 'd', 'e'])).toBe(node(node(node('a', 'b'), node('c', 'd')), 'e'))
  expect(rootOf(['a', 'b', 'c'])).toBe(node(node('a', 'b'), 'c'))
  expect(rootOf(['a'])).toBe('a')
  expect(() => rootOf([])).toThrow(TypeError)
})

test('every fact of a block changes its head', () => {
  const block = { number: 3, lastSeq: '9', mints: 2, root: 'r', previousHead: 'p', sealedAt: 5 }
  const heads = Object.entries(block).map(([name, value]) =>
    headOf({ ...block, [name]: typeof value === 'number' ? value + 1 : `${value}x` }),
  )
  expect(new Set([...heads, headOf(block)]).size).toBe(heads.length + 1)
  expect(headText({ number: 3, head: '01ff' })).toBe('3:01ff')
})
