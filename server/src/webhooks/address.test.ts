import { expect, test } from 'vitest'
import { isAllowedPort, isPublicAddress } from './address.ts'
import { whyNotPosted } from './post.ts'

test.each([
  ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '100.100.100.200', '127.0.0.1', '127.9.9.9', '169.254.169.254'],
  ...[
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.192',
    '192.0.2.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.7',
  ],
  ...['203.0.113.9', '224.0.0.1', '240.0.0.1', '255.255.255.255', '168.63.129.16'],
  ...[
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a9fe:a9fe',
    '::ffff:168.63.129.16',
    '::127.0.0.1',
    '::ffff:0:10.0.0.1',
  ],
  ...['64:ff9b::a00:1', '64:ff9b:1::1', '100::1', '2001::1', '2001:db8::1', '2002:7f00:1::', '2002:a00:1::1'],
  ...['3fff::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '4000::1'],
  ...['', 'localhost', '1.2.3', '1.2.3.4.5', '010.0.0.1'],
])('%j is no public address', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each(['1.1.1.1', '52.95.110.1', '::ffff:1.1.1.1', '2606:4700:4700::1111', '2a00:1450:4001:800::200e'])(
  '%j is a public address',
  (address) => {
    expect(isPublicAddress(address)).toBe(true)
  },
)

test.each([
  ['http://localhost/x', false],
  ['http://db.internal/x', false],
  ['http://printer.local:8080/', false],
  ['http://127.1/', false],
  ['http://2130706433/', false],
  ['http://0x7f.0.0.1/', false],
  ['http://[::ffff:10.0.0.1]/', false],
  ['http://169.254.169.254/latest/meta-data', false],
  ['https://hooks.example.com:25/', false],
  ['https://hooks.example.com:8443/', true],
  ['https://localhost.example.com/', true],
  ['http://1.1.1.1/', true],
])('the URL %s is taken: %s', (url, taken) => {
  expect(whyNotPosted(new URL(url), false) === undefined).toBe(taken)
})

test('only web ports and unprivileged ones', () => {
  expect([22, 25, 53, 80, 443, 445, 1023, 1024, 8080, 65_535].filter(isAllowedPort)).toEqual([
    80, 443, 1024, 8080, 65_535,
  ])
})
