import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  cursorOf,
  isTimestamp,
  type LogLine,
  place,
  START,
  type StepCounts,
  stepName,
  tokenOf,
} from './log.ts'

const lines = (...texts: string[]): LogLine[] =>
  texts.map((line) => ({ timestamp: '2030-01-01T00:00:00Z', line }))
const EMPTY: StepCounts = { lineCount: 0, serverLines: 0, droppedLines: 0 }

test('only what is new is placed', () => {
  const two = { ...EMPTY, lineCount: 2 }
  expect(place(EMPTY, 0, lines('a'))).toEqual({ kind: 'fits', fresh: lines('a'), nextOffset: 1 })
  expect(place(two, 2, lines('c'))).toEqual({ kind: 'fits', fresh: lines('c'), nextOffset: 3 })
  expect(place(two, 1, lines('b', 'c'))).toEqual({ kind: 'fits', fresh: lines('c'), nextOffset: 3 })
  expect(place(two, 0, lines('a', 'b'))).toEqual({ kind: 'fits', fresh: [], nextOffset: 2 })
  expect(place(two, 3, lines('d'))).toEqual({ kind: 'gap', expected: 2 })
})

test('the server’s own lines and dropped ones do not disturb the job’s count', () => {
  const counts = { lineCount: 5, serverLines: 2, droppedLines: 4 }
  expect(place(counts, 7, lines('x'))).toMatchObject({ kind: 'fits', nextOffset: 8 })
  expect(place(counts, 8, lines('x'))).toEqual({ kind: 'gap', expected: 7 })
})

test('however batches are repeated and cut, the log is what was written', () => {
  const text = Array.from({ length: 20 }, (_, n) => `${n}`)
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(22), fc.integer({ min: 1, max: 6 }))), (batches) => {
      const kept: string[] = []
      for (const [offset, length] of batches) {
        const batch = lines(...text.slice(offset, offset + length))
        if (batch.length === 0) continue
        const placed = place({ ...EMPTY, lineCount: kept.length }, offset, batch)
        if (placed.kind === 'gap') expect(placed.expected).toBe(kept.length)
        else {
          kept.push(...placed.fresh.map(({ line }) => line))
          expect(placed.nextOffset).toBe(kept.length)
        }
      }
      expect(kept).toEqual(text.slice(0, kept.length))
    }),
  )
})

test('a token has only letters that need no escape, and comes back as its cursor', () => {
  fc.assert(
    fc.property(fc.nat(999_999), fc.nat(999_999_999), (step, seen) => {
      const token = tokenOf({ step, seen })
      expect(token).toMatch(/^[A-Za-z0-9_-]+$/)
      expect(cursorOf(token)).toEqual({ step, seen })
    }),
  )
  expect(cursorOf('')).toEqual(START)
})

test.each(['0.2.1', '1-0-0', '0-0', '0-0-0-0', '0--1-0', '0-x-0', '0-0-99999999999', 'null', ' 0-0-0'])(
  '%j is no token of ours',
  (token) => {
    expect(cursorOf(token)).toBeUndefined()
  },
)

test('a header never names an operation that the CLI crashes on', () => {
  expect(stepName('pulumi update')).toBe('pulumi update')
  expect(stepName('pulumi detect-drift')).toBe('Detect drift')
  expect(stepName('pulumi remediate-drift')).toBe('Remediate drift')
  expect(stepName('a\u0000b\nc')).toBe('a b c')
})

test.each(['2030-01-01T00:00:00Z', '2030-01-01T00:00:00.123456+02:00', '2030-12-31T23:59:59.9Z'])(
  '%s is a time',
  (time) => {
    expect(isTimestamp(time)).toBe(true)
  },
)
test.each([
  '',
  '2030-01-01',
  '2030-01-01 00:00:00Z',
  '2030-13-01T00:00:00Z',
  '2030-01-01T00:00:00',
  'x2030-01-01T00:00:00Z',
])('%j is none', (time) => {
  expect(isTimestamp(time)).toBe(false)
})
