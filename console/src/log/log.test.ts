import { describe, expect, it } from 'vitest'
import { EMPTY_LOG, type Log, linesWith, textOf, withLines, withSteps } from './log.ts'

const AT = '2026-11-30T12:00:00Z'
const told = (step: number, from: number, ...texts: string[]) =>
  texts.map((text, n) => ({ step, index: from + n, timestamp: AT, text }))
const shown = (log: Log) => log.steps.map(({ lines }) => lines)

const begun = withSteps(EMPTY_LOG, [
  { step: 0, name: 'Setup', status: 'succeeded' },
  { step: 1, name: 'pulumi update', status: 'running' },
])
const log = withLines(begun, [
  ...told(0, 0, 'one\n'),
  ...told(1, 0, '\u001b[31mTwo\u001b[0m\r\n', 'three\nfour\n'),
])

describe('Lines of a log', () => {
  it('stand in their steps, without line breaks', () =>
    expect(shown(log)).toEqual([['one'], ['\u001b[31mTwo\u001b[0m', 'three', 'four']]))

  it('that come again are not shown again', () => {
    const again = withLines(log, [...told(0, 0, 'one\n'), ...told(1, 1, 'three\nfour\n', 'five\n')])
    expect(shown(again)[1]?.slice(2)).toEqual(['four', 'five'])
    expect(again.lines).toBe(5)
  })

  it('join what comes before a line break', () => {
    const dots = withLines(withLines(begun, told(1, 0, 'wait')), told(1, 1, '...', ' done\nnext\n'))
    expect(shown(dots)[1]).toEqual(['wait... done', 'next'])
  })

  it('of one step do not run into the next', () => {
    const open = withLines(begun, [...told(0, 0, 'no break'), ...told(1, 0, 'other\n')])
    expect(shown(open)).toEqual([['no break'], ['other']])
  })

  it('are shown although their step is not known', () => {
    const { steps, lines } = withLines(EMPTY_LOG, told(3, 0, 'lost\n'))
    expect([steps[0]?.name, lines]).toEqual(['Step 4', 1])
  })
})

it('A step that has another status keeps its lines', () => {
  const ended = withSteps(log, [{ step: 1, name: 'pulumi update', status: 'failed' }])
  expect(ended.steps[1]?.status).toBe('failed')
  expect(shown(ended)).toEqual(shown(log))
})

describe('A search in a log', () => {
  it('finds words in any case, whatever their color', () => expect(linesWith(log, 'two')).toEqual([2]))
  it('finds nothing without words', () => expect(linesWith(log, '')).toEqual([]))
  it('takes no pattern', () => expect(linesWith(log, '.')).toEqual([]))
})

it('A file of a log has its steps, and no colors', () =>
  expect(textOf(log)).toBe('\n== Setup\none\n\n== pulumi update\nTwo\nthree\nfour\n'))
