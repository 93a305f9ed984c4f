import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { openProgress } from './progress.ts'

function screen(isTTY: boolean) {
  let written = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString()
      done()
    },
  })
  return { stream: Object.assign(stream, { isTTY, columns: 12 }), written: () => written }
}

test('a line a change, and no control character, where there is no terminal', () => {
  const { stream, written } = screen(false)
  const progress = openProgress(stream)
  for (const line of ['waits', 'waits', 'runs \u001b[31mred\u0007']) progress.say(line)
  progress.end()
  expect(written()).toBe('waits\nruns red \n')
})

test('one line that is written over, no longer than the terminal is wide', () => {
  const { stream, written } = screen(true)
  const progress = openProgress(stream)
  for (const line of ['waits', 'waits', 'runs for a long time']) progress.say(line)
  progress.end()
  progress.end()
  expect(written()).toBe('\r\u001b[Kwaits\r\u001b[Kruns for a \n')
})
