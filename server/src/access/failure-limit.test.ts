import { expect, test } from 'vitest'
import { createFailureLimit, placeOf } from './failure-limit.ts'

function held(perMinute: number, mostAddresses?: number) {
  let time = Date.parse('2026-01-01T00:00:00Z')
  const limit = createFailureLimit({
    perMinute,
    now: () => new Date(time),
    ...(mostAddresses !== undefined && { mostAddresses }),
  })
  const failedTimes = (count: number, address: string): number =>
    Array.from({ length: count }, () => limit.failed(address)).filter(({ limited }) => limited).length
  const pass = (seconds: number): void => {
    time += seconds * 1000
  }
  return { limit, failedTimes, pass }
}

test('as many failures as the limit are answered, and the next is told how long to wait', () => {
  const { limit, failedTimes, pass } = held(60)
  expect(failedTimes(60, '192.0.2.1')).toBe(0)
  expect(limit.failed('192.0.2.1')).toEqual({
    limited: true,
    waitSeconds: 1,
    from: '192.0.2.1',
    isNews: true,
  })
  pass(1)
  expect(limit.failed('192.0.2.1')).toEqual({ limited: false })
  expect(limit.failed('192.0.2.1')).toMatchObject({ limited: true, isNews: false })
})

test('whoever goes on failing gets no more than the limit in each minute', () => {
  const { failedTimes, pass } = held(10)
  let answered = 0
  for (let second = 0; second < 600; second += 1) {
    answered += 5 - failedTimes(5, '192.0.2.1')
    pass(1)
  }
  // The first ten at once, and then ten a minute.
  expect(answered).toBe(10 + 99)
})

test('it is news once a minute', () => {
  const { limit, pass } = held(1)
  let news = 0
  for (let second = 0; second < 300; second += 1) {
    for (let n = 0; n < 3; n += 1) {
      const verdict = limit.failed('192.0.2.1')
      if (verdict.limited && verdict.isNews) news += 1
    }
    pass(1)
  }
  expect(news).toBe(5)
})

test('the wait is as long as the limit makes it', () => {
  const { limit, pass } = held(2)
  limit.failed('192.0.2.1')
  limit.failed('192.0.2.1')
  expect(limit.failed('192.0.2.1')).toMatchObject({ waitSeconds: 30 })
  pass(29)
  expect(limit.failed('192.0.2.1')).toMatchObject({ waitSeconds: 1 })
  pass(1)
  expect(limit.failed('192.0.2.1')).toEqual({ limited: false })
})

test('one address is not kept waiting for another', () => {
  const { failedTimes } = held(60)
  expect(failedTimes(100, '192.0.2.1')).toBe(40)
  expect(failedTimes(60, '192.0.2.2')).toBe(0)
})

test('a clock that is set back takes nothing away and gives nothing', () => {
  const { failedTimes, pass } = held(60)
  expect(failedTimes(60, '192.0.2.1')).toBe(0)
  pass(-3600)
  expect(failedTimes(1, '192.0.2.1')).toBe(1)
  pass(60)
  expect(failedTimes(61, '192.0.2.1')).toBe(1)
})

test('an address that failed long ago is forgotten first, and no more are kept than may be', () => {
  const { failedTimes } = held(1, 3)
  for (const last of [1, 2, 3]) failedTimes(1, `192.0.2.${last}`)
  expect(failedTimes(1, '192.0.2.1')).toBe(1)
  failedTimes(1, '192.0.2.4')
  expect(failedTimes(1, '192.0.2.1')).toBe(1)
  expect(failedTimes(1, '192.0.2.2')).toBe(0)
})

test('0 is no limit, and a Unix socket has none', () => {
  expect(held(0).failedTimes(1000, '192.0.2.1')).toBe(0)
  const { limit } = held(1)
  for (let n = 0; n < 10; n += 1) expect(limit.failed(undefined)).toEqual({ limited: false })
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['fe80::1%eth0', 'fe80::/64'],
  ['::1', '::/64'],
])('%s counts as %s', (address, place) => {
  expect(placeOf(address)).toBe(place)
})
