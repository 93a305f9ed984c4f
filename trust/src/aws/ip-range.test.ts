import { BlockList } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { holds } from './example.ts'
import { isInRange, parseIpAddress, parseIpRange } from './ip-range.ts'

test.each([
  '203.0.113.0/24',
  '203.0.113.7',
  '0.0.0.0/0',
  '2001:db8::/32',
  '2001:DB8:1234:5678::/64',
  '::',
  '::1/128',
  '::ffff:203.0.113.7',
  '1:2:3:4:5:6:7:8',
])('%s is a range', (text) => {
  expect(parseIpRange(text)).toBeDefined()
})

test.each([
  '',
  '203.0.113',
  '203.0.113.256',
  '203.0.113.07',
  '203.0.113.0/33',
  '203.0.113.0/',
  '203.0.113.*',
  '10.0.0.0/-1',
  '1::2::3',
  '1:2:3:4:5:6:7',
  '1:2:3:4:5:6:7:8:9',
  '1:2:3:4:5:6:7::8',
  '::/129',
  '::1.2.3',
  '::g',
  ':1',
  ' ::1',
  'localhost',
])('%j is no range', (text) => {
  expect(parseIpRange(text)).toBeUndefined()
})

const from = (address: string) => ({ keys: { 'aws:SourceIp': address } })

test.each<[object, string, boolean]>([
  [{ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, '203.0.113.7', true],
  [{ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, '203.0.114.7', false],
  [{ IpAddress: { 'aws:SourceIp': ['10.0.0.0/8', '2001:db8::/32'] } }, '2001:db8:ffff::1', true],
  [{ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } }, '::1', false],
  [{ NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, '203.0.113.7', false],
  [{ NotIpAddress: { 'aws:SourceIp': ['203.0.113.0/24', '10.0.0.0/8'] } }, '198.51.100.1', true],
  [{ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }, 'somewhere', false],
])('%j of a request from %s: %s', (condition, address, expected) => {
  expect(holds(condition, from(address))).toBe(expected)
})

test('the address of a request that is not known is in no range', () => {
  expect(holds({ IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } })).toBe(false)
  expect(holds({ NotIpAddress: { 'aws:SourceIp': '0.0.0.0/0' } })).toBe(true)
})

const near = fc.nat(2 ** 16 - 1)
const v4 = near.map((low) => `203.0.${low >> 8}.${low & 255}`)
const v6 = fc.tuple(near, near).map(([one, two]) => `2001:db8::${one.toString(16)}:${two.toString(16)}`)

test('as Node.js itself says', () => {
  const one = fc.oneof(
    fc.tuple(v4, v4, fc.integer({ min: 1, max: 32 }), fc.constant<'ipv4'>('ipv4')),
    fc.tuple(v6, v6, fc.integer({ min: 1, max: 128 }), fc.constant<'ipv6'>('ipv6')),
  )
  fc.assert(
    fc.property(one, ([address, network, prefix, family]) => {
      const list = new BlockList()
      list.addSubnet(network, prefix, family)
      const [parsed, range] = [parseIpAddress(address), parseIpRange(`${network}/${prefix}`)]
      expect(parsed && range && isInRange(parsed, range)).toBe(list.check(address, family))
    }),
    { numRuns: 500, seed: 3 },
  )
})
