import { expect, test } from 'vitest'
import { isAllowedPort, isElsewhere, isPublicAddress, judgedLookup } from './address.ts'

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

test('only web ports and unprivileged ones', () => {
  expect([22, 25, 53, 80, 443, 445, 1023, 1024, 8080, 65_535].filter(isAllowedPort)).toEqual([
    80, 443, 1024, 8080, 65_535,
  ])
})

const AT = { family: 4 } as const

function look(answers: readonly string[], options: object = {}) {
  let asked = 0
  const judged: string[][] = []
  const lookup = judgedLookup(
    async () => {
      asked += 1
      return answers.map((address) => ({ address, ...AT }))
    },
    (addresses) => {
      judged.push([...addresses])
      if (addresses.some((address) => !isPublicAddress(address))) throw new Error('refused')
    },
  )
  const answered = new Promise((resolve, reject) =>
    lookup('name.example', options, (error, address) => (error ? reject(error) : resolve(address))),
  )
  return { answered, asked: () => asked, judged }
}

test('a name is looked up once, and what was judged is where the connection goes', async () => {
  const one = look(['1.1.1.1', '1.0.0.1'])
  expect(await one.answered).toBe('1.1.1.1')
  expect(one.asked()).toBe(1)
  expect(one.judged).toEqual([['1.1.1.1', '1.0.0.1']])
  expect(await look(['1.1.1.1', '1.0.0.1'], { all: true }).answered).toEqual([
    { address: '1.1.1.1', ...AT },
    { address: '1.0.0.1', ...AT },
  ])
})

test('one address that is refused refuses the name, and so does none at all', async () => {
  await expect(look(['1.1.1.1', '10.0.0.1'], { all: true }).answered).rejects.toThrow('refused')
  await expect(look([]).answered).rejects.toThrow('The name has no address.')
})

test('this machine is not elsewhere, by whatever address', () => {
  const here = { ownAddresses: () => ['52.95.110.1'] }
  expect(isElsewhere('52.95.110.1', here)).toBe(false)
  expect(isElsewhere('52.95.110.2', here)).toBe(true)
  expect(isElsewhere('127.0.0.1', here)).toBe(false)
})
