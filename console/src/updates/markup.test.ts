import { expect, it } from 'vitest'
import { ansiOf } from './markup.ts'

it('Marks of the engine become those of terminals', () =>
  expect(ansiOf('<{%fg 9%}>error:<{%reset%}> a <{%b%}> <b>%}>')).toBe(
    '\u001b[38;5;9merror:\u001b[0m a  <b>%}>',
  ))
