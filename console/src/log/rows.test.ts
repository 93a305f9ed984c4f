import { describe, expect, it } from 'vitest'
import { EMPTY_LOG, withLines, withSteps } from './log.ts'
import { type Rows, rowsOf } from './rows.ts'

const log = withLines(
  withSteps(EMPTY_LOG, [
    { step: 0, name: 'Setup', status: 'succeeded' },
    { step: 1, name: 'Nothing said', status: 'succeeded' },
    { step: 2, name: 'pulumi update', status: 'running' },
    { step: 3, name: 'Later', status: 'not-started' },
  ]),
  ['a', 'b'].flatMap((text, index) => [
    { step: 0, index, timestamp: '', text: `${text}\n` },
    { step: 2, index, timestamp: '', text: `${text}${text}\n` },
  ]),
)
const drawn = (rows: Rows) =>
  Array.from({ length: rows.count }, (_none, place) => rows.at(place)).map((row) =>
    row?.kind === 'step' ? row.step.name : `${row?.number} ${row?.text}`,
  )

describe('The rows of a log', () => {
  const rows = rowsOf(log, new Set())
  it('begin with their step, and lines count through all of them', () =>
    expect(drawn(rows)).toEqual(['Setup', '1 a', '2 b', 'Nothing said', 'pulumi update', '3 aa', '4 bb']))
  it('are nothing beyond the end', () => expect(rows.at(rows.count)).toBeUndefined())
  it('are found by the number of a line', () =>
    expect([1, 2, 3, 4, 5].map((line) => rows.placeOf(line))).toEqual([1, 2, 5, 6, -1]))
  it('know the step of a line', () => expect([rows.stepOf(2), rows.stepOf(3)]).toEqual([0, 2]))
})

it('Lines of folded steps are out of sight and keep their numbers', () => {
  const rows = rowsOf(log, new Set([0]))
  expect(drawn(rows)).toEqual(['Setup', 'Nothing said', 'pulumi update', '3 aa', '4 bb'])
  expect([rows.placeOf(1), rows.stepOf(1)]).toEqual([-1, 0])
})
