import { describe, expect, it } from 'vitest'
import { commandsIn, commandsText } from './pre-run.ts'

const LOOP = 'for one in a b; do\n  echo $one\ndone'

describe('Pre-run commands', () => {
  it('are one a line', () => {
    expect(commandsIn(' npm ci \n\nnpm test\n', [])).toEqual(['npm ci', 'npm test'])
    expect(commandsIn(' \n', ['npm ci'])).toBeNull()
  })

  it('of several lines stay whole while others are added around them', () => {
    const saved = ['npm ci', LOOP]
    expect(commandsIn(commandsText(saved), saved)).toEqual(saved)
    expect(commandsIn(`true\n${LOOP}\nfalse`, saved)).toEqual(['true', LOOP, 'false'])
    expect(commandsIn(`${LOOP} x`, saved)).toEqual(['for one in a b; do', 'echo $one', 'done x'])
  })
})
