import { expect, it } from 'vitest'
import { piecesOf } from './pieces.ts'

it('finds links without the sentence around them', () =>
  expect(piecesOf('See (https://a.example/x?y=1).', '')).toEqual([
    { kind: 'text', text: 'See (' },
    { kind: 'link', text: 'https://a.example/x?y=1' },
    { kind: 'text', text: ').' },
  ]))

it('takes nothing for a link that a browser would run', () =>
  expect(piecesOf('javascript:alert(1) data:text/html,x file:///etc/passwd', '')).toEqual([
    { kind: 'text', text: 'javascript:alert(1) data:text/html,x file:///etc/passwd' },
  ]))

it('marks what was searched, in any case', () =>
  expect(piecesOf('a Role and a role', 'role')).toEqual([
    { kind: 'text', text: 'a ' },
    { kind: 'found', text: 'Role' },
    { kind: 'text', text: ' and a ' },
    { kind: 'found', text: 'role' },
  ]))
