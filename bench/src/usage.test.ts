import { expect, test } from 'vitest'
import { cpuSecondsOf, cpuSecondsOfFamily, peakMegabytesFrom, ticksFrom } from './usage.ts'

test('the times of a process are found behind a name that looks like more of them', () => {
  const stat = '4711 (a) R 1 (b c) S 42 4711 4711 0 -1 4194560 100 200 0 0 7 5 30 20 20 0 1 0 99 1000 10'
  expect(ticksFrom(stat)).toEqual({ parentPid: 42, own: 12, endedChildren: 50 })
})

test('a process that is gone used nothing', async () => {
  expect(ticksFrom('')).toEqual({ parentPid: 0, own: 0, endedChildren: 0 })
  expect(await cpuSecondsOf(2 ** 30)).toBe(0)
})

test.runIf(process.platform === 'linux')(
  'the family of a process uses at least what it uses itself',
  async () => {
    const own = await cpuSecondsOf(process.pid)
    expect(own).toBeGreaterThan(0)
    expect(await cpuSecondsOfFamily(process.pid)).toBeGreaterThanOrEqual(own)
  },
)

test('the peak of the memory is the line of that name', () => {
  expect(peakMegabytesFrom('Name:\tnode\nVmPeak:\t 999 kB\nVmHWM:\t  205312 kB\nVmRSS:\t 100 kB\n')).toBe(
    200.5,
  )
})
