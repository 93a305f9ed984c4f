import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { lastLine } from './test-reporter.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures', 'test-reporter')
const VITEST = join(import.meta.dirname, '..', 'node_modules', 'vitest', 'vitest.mjs')

/** A run of its own over the fixtures. */
function run(...args: string[]): Promise<{ code: unknown; lines: string[]; complaints: string }> {
  const argv = [VITEST, 'run', '--config', join(FIXTURES, 'vitest.config.ts'), ...args]
  const env = { ...process.env, NO_COLOR: '1' }
  return new Promise((resolve) => {
    execFile(process.execPath, argv, { cwd: FIXTURES, env }, (error, stdout, complaints) => {
      resolve({
        code: error === null ? 0 : error.code,
        lines: stdout.trimEnd().split('\n'),
        complaints: complaints.replace(/^Running the tests.*\n/gm, ''),
      })
    })
  })
}

test('the last line has the form that other programs read', () => {
  expect(lastLine({ passed: 12, failed: 0, skipped: 3 })).toBe('12 passed, 0 failed, 3 skipped')
})

test('a green run prints the last line and nothing else', async () => {
  expect(await run('green')).toEqual({ code: 0, lines: ['2 passed, 0 failed, 0 skipped'], complaints: '' })
})

test('the long mode prints what the tests print', async () => {
  const { code, lines } = await run('green', '--mode', 'long')
  expect(code).toBe(0)
  expect(lines).toEqual(expect.arrayContaining(['noise', 'more noise']))
  expect(lines.at(-1)).toBe('2 passed, 0 failed, 0 skipped')
})

test('failures are shown in full with what they printed, a failed hook counts, and the exit code says so', async () => {
  const { code, lines, complaints } = await run('red')
  expect(code).toBe(1)
  expect(complaints).toContain('FAILED red.test.ts > fails\n')
  expect(complaints).toContain("expected 'one' to be 'two'")
  expect(complaints).toContain('--- printed by it:\na hint of the failing one\n---')
  expect(complaints).toContain('FAILED red.test.ts > a suite\n')
  expect(complaints).toContain('the hook failed')
  expect(complaints).not.toContain('noise of the passing one')
  expect(lines).toEqual([
    'skipped: red.test.ts > a suite > never runs: what should have prepared it failed',
    '1 passed, 2 failed, 1 skipped',
  ])
})

test('skipped tests are listed with their reason', async () => {
  const { code, lines } = await run('skips')
  expect({ code, lines }).toEqual({
    code: 0,
    lines: [
      'skipped: skips.test.ts > needs bubblewrap: bubblewrap is not installed',
      'skipped: skips.test.ts > forgotten: no reason given',
      '1 passed, 0 failed, 2 skipped',
    ],
  })
})

test.each([
  ['a file that does not load', 'broken', 'the file failed', '0 passed, 1 failed, 0 skipped'],
  ['an error outside of any test', 'stray', 'nobody awaited me', '1 passed, 1 failed, 0 skipped'],
])('%s is a failure', async (_name, file, message, last) => {
  const { code, lines, complaints } = await run(file)
  expect(code).toBe(1)
  expect(complaints).toContain(message)
  expect(lines).toEqual([last])
})

test.each([
  ['no file of that name', ['nothing-has-this-name']],
  ['no test of that name', ['green', '-t', 'nothing has this name']],
])('%s is a failure: nothing ran', async (_name, args) => {
  const { code, lines } = await run(...args)
  expect(code).toBe(1)
  expect(lines.at(-2)).toBe('No test ran.')
})
