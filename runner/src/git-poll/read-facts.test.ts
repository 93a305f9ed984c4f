import { MOST_POLLED_REFS } from '@daypass/contract/git-polls.ts'
import { expect, test } from 'vitest'
import { readRange, readRefList } from './read-facts.ts'

const A = 'a'.repeat(40)
const B = 'b'.repeat(40)

test('refs are read once each, and an annotated tag at the commit that it stands for', () => {
  const lines = [
    `${A}\trefs/heads/main\t`,
    `${A}\trefs/tags/v1`,
    `${B}\trefs/tags/v1^{}`,
    `${A}\trefs/heads/main`,
    `${A}\trefs/heads/a b`,
    `${A}\trefs/pull/1/head`,
    `${A}\trefs/heads/cut`,
  ]
  expect(readRefList(`refs 6\n${lines.join('\n')}`)).toEqual({
    refs: [
      { ref: 'refs/heads/main', commit: A },
      { ref: 'refs/tags/v1', commit: B },
    ],
    all: true,
  })
  expect(readRefList(`refs ${MOST_POLLED_REFS + 1}\n`)).toEqual({ refs: [], all: false })
  for (const text of ['', 'refs', 'refs x\n', `${A}\trefs/heads/main\n`])
    expect(readRefList(text)).toBeUndefined()
})

test('changed files are those of a list that is whole, and of a branch that went on', () => {
  const range = (facts: string) => readRange(facts, 'main', B)
  expect(range('ancestor\nMend\n\nMore\n\0a/b\0c\nd\0')).toEqual({
    branch: 'main',
    commit: B,
    forced: false,
    message: 'Mend\n\nMore',
    files: ['a/b', 'c\nd'],
  })
  expect(range('ancestor\nEmpty\n\0')).toMatchObject({ files: [] })
  for (const cut of [
    'ancestor\nx\0a',
    'ancestor\nx\0a\uFFFD\0',
    `ancestor\nx\0${'a\0'.repeat(4000)}`,
    'unknown\nx\0',
  ])
    expect(range(cut)).toMatchObject({ files: null, forced: false })
  expect(range('forced\nx\0')).toMatchObject({ files: null, forced: true })
  for (const text of ['', 'ancestor', 'ancestor\nx', 'other\nx\0']) expect(range(text)).toBeUndefined()
})
