import { describe, expect, it } from 'vitest'
import { append, EMPTY_LOG, placesOf, textOf, unfolded } from './log.ts'

const log = append(EMPTY_LOG, [
  { header: 'Setup' },
  { line: 'one\n' },
  { header: 'pulumi update' },
  { line: '\u001b[31mTwo\u001b[0m\r\n' },
  { line: 'three\nfour\n' },
])

describe('The rows of a log', () => {
  it('begin with their step, and lines count through all of them', () =>
    expect(log.rows).toEqual([
      { kind: 'step', step: 0, name: 'Setup' },
      { kind: 'line', step: 0, number: 1, text: 'one' },
      { kind: 'step', step: 1, name: 'pulumi update' },
      { kind: 'line', step: 1, number: 2, text: '\u001b[31mTwo\u001b[0m' },
      { kind: 'line', step: 1, number: 3, text: 'three' },
      { kind: 'line', step: 1, number: 4, text: 'four' },
    ]))

  it('stay as they were when more come', () => {
    const more = append(log, [{ line: 'five\n' }])
    expect(more.rows.slice(0, -1)).toEqual(log.rows)
    expect(more.lines).toBe(5)
  })

  it('join what comes before a newline', () => {
    const dots = append(append(EMPTY_LOG, [{ line: 'wait' }]), [{ line: '...' }, { line: ' done\nnext\n' }])
    expect(dots.rows.map((row) => row.kind === 'line' && row.text)).toEqual(['wait... done', 'next'])
  })

  it('are the same log when nothing comes', () => expect(append(log, [])).toBe(log))

  it('of folded steps are out of sight, their headings not', () =>
    expect(unfolded(log.rows, new Set([1])).map(({ kind }) => kind)).toEqual(['step', 'line', 'step']))
})

describe('A search in a log', () => {
  it('finds words in any case, whatever their color', () => expect(placesOf(log.rows, 'two')).toEqual([3]))
  it('finds nothing without words', () => expect(placesOf(log.rows, '')).toEqual([]))
  it('takes no pattern', () => expect(placesOf(log.rows, '.')).toEqual([]))
})

it('A file of a log has its steps, and no colors', () =>
  expect(textOf(log.rows)).toBe('\n== Setup\none\n\n== pulumi update\nTwo\nthree\nfour\n'))
