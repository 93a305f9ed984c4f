import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { showProgress } from './progress.mjs'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function paper(isTTY: boolean) {
  let text = ''
  return {
    isTTY,
    write: (more: string) => {
      text += more
    },
    text: () => text,
  }
}

test('what is done within a second is not shown', () => {
  const stream = paper(false)
  const progress = showProgress('Building', stream)
  vi.advanceTimersByTime(900)
  progress.done()
  expect(stream.text()).toBe('')
})

test('a log gets a line at the start, one every 30 seconds, and one at the end', () => {
  const stream = paper(false)
  const progress = showProgress('Building', stream)
  vi.advanceTimersByTime(20_000)
  progress.note('2 of 3')
  vi.advanceTimersByTime(45_000)
  progress.done()
  expect(stream.text()).toBe(
    'Building … 1 s\nBuilding … 2 of 3, 31 s\nBuilding … 2 of 3, 61 s\nBuilding: done in 65 s\n',
  )
})

test('a terminal gets one line that updates itself and goes away', () => {
  const stream = paper(true)
  const progress = showProgress('Building', stream)
  vi.advanceTimersByTime(2_000)
  progress.stop()
  expect(stream.text()).toBe('\r\x1b[2KBuilding … 1 s\r\x1b[2KBuilding … 2 s\r\x1b[2K')
})
