import { expect, it } from 'vitest'
import { pastedLines } from './secret.ts'

it.each([
  ['token', undefined],
  ['token\r\n', undefined],
  ['-----BEGIN\r\nx\r\n-----END\r\n', '-----BEGIN\nx\n-----END\n'],
])('%j is pasted as %j', (pasted, lines) => expect(pastedLines(pasted)).toBe(lines))
