import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatGoDuration, parseAwsSessionDuration, parseGoDuration } from './duration.ts'

test.each([
  ['1h0m0s', 3600],
  ['15m', 900],
  ['15m0s', 900],
  ['1.5h', 5400],
  ['.5h', 1800],
  ['1.h', 3600],
  ['900s', 900],
  ['900000ms', 900],
  ['12h', 43_200],
  ['1h15m30.5s500ms', 4531],
  ['0', 0],
  ['0s', 0],
  ['30m30m', 3600],
])('%s is %i seconds', (text, seconds) => {
  expect(parseGoDuration(text)).toEqual({ ok: true, seconds })
})

test.each([
  '',
  'h',
  '1',
  '900',
  '1d',
  '1 h',
  '-1h',
  '+1h',
  '1h ',
  '1H',
  '1h30',
  '.h',
  '1e3s',
  '٣h',
  '1h\n',
  `${'9'.repeat(70)}s`,
])('%j is no duration', (text) => {
  expect(parseGoDuration(text)).toMatchObject({ ok: false, refusal: { code: 'duration_malformed' } })
})

test.each(['1ms', '1.5s', '1ns', '900.0000000001h', `${'9'.repeat(40)}h`])(
  '%s is not whole seconds',
  (text) => {
    expect(parseGoDuration(text)).toMatchObject({
      ok: false,
      refusal: { code: 'duration_not_whole_seconds' },
    })
  },
)

test.each(['899s', '14m59s', '12h1s', '43201s', '0', '24h'])('AWS gives no session of %s', (text) => {
  const result = parseAwsSessionDuration(text)
  expect(result).toMatchObject({ ok: false, refusal: { code: 'duration_out_of_range' } })
  expect(result.ok ? '' : result.refusal.sentence).toContain('15m0s to 12h0m0s')
})

test.each(['900s', '15m0s', '12h', '1h'])('AWS may give a session of %s', (text) => {
  expect(parseAwsSessionDuration(text).ok).toBe(true)
})

test('a malformed duration is refused before its limits are looked at', () => {
  expect(parseAwsSessionDuration('soon')).toMatchObject({ refusal: { code: 'duration_malformed' } })
})

test('what we write, we read', () => {
  fc.assert(
    fc.property(fc.nat({ max: 10_000_000 }), (seconds) => {
      expect(parseGoDuration(formatGoDuration(seconds))).toEqual({ ok: true, seconds })
    }),
  )
})

test.each([
  [0, '0s'],
  [59, '59s'],
  [900, '15m0s'],
  [3600, '1h0m0s'],
  [5400, '1h30m0s'],
  [43_200, '12h0m0s'],
])('%i seconds are written %s, as Go does', (seconds, text) => {
  expect(formatGoDuration(seconds)).toBe(text)
})

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('%d is not written', (seconds) => {
  expect(() => formatGoDuration(seconds)).toThrow(RangeError)
})
