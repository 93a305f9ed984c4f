import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parsePublished, readPublished } from './published.ts'

test('lines NAME=value are taken as they are, and the last one of a name wins', () => {
  const { variables, ignoredLines } = parsePublished('A=1\nB= two = 2 \r\n\n# said\nA=4\n')
  expect(Object.fromEntries(variables)).toEqual({ A: '4', B: ' two = 2 ' })
  expect(ignoredLines).toEqual([])
})

test('what is no variable is named by its line and left out', () => {
  const { variables, ignoredLines } = parsePublished(
    'no sign\n=x\n1A=x\nA B=x\nUID=0\nexport C=3\nD =4\nOK=1',
  )
  expect([...variables.keys()]).toEqual(['OK'])
  expect(ignoredLines).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('who the job is, is not to be set this way', () => {
  const names = ['PULUMI_ACCESS_TOKEN', 'PULUMI_OIDC_TOKEN', 'PULUMI_CI_STACK', 'PULUMI_ENV', 'DAYPASS_X']
  const { variables, refused } = parsePublished(
    [...names, 'PULUMI_CONFIG_PASSPHRASE', 'AWS_REGION'].map((name) => `${name}=x\n`).join(''),
  )
  expect(refused).toEqual(names)
  expect([...variables.keys()]).toEqual(['PULUMI_CONFIG_PASSPHRASE', 'AWS_REGION'])
})

test('a file that the job turned into something else is not followed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-published-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'secret'), 'SECRET=1\n')
  symlinkSync(join(folder, 'secret'), join(folder, 'PULUMI_ENV'))
  await expect(readPublished(join(folder, 'PULUMI_ENV'))).rejects.toThrow(/ELOOP/)
  writeFileSync(join(folder, 'huge'), 'x'.repeat(3_000_000))
  expect((await readPublished(join(folder, 'huge'))).ignoredLines).toEqual([1])
})
