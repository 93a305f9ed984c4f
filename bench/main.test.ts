import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

function bench(...args: string[]) {
  const main = fileURLToPath(new URL('main.ts', import.meta.url))
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('the help names every benchmark', () => {
  const { status, stdout } = bench('--help')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^ {2}issuer /m)
  expect(stdout).toMatch(/^ {2}deployment /m)
  expect(stdout).toMatch(/^ {2}queue /m)
  expect(stdout).toMatch(/^ {2}git-rules /m)
  expect(stdout).toMatch(/^ {2}state /m)
  expect(stdout).toMatch(/^ {2}--write <file> /m)
})

test.each([
  [['speed'], 'There is no benchmark "speed". See --help.\n'],
  [['constructor'], 'There is no benchmark "constructor". See --help.\n'],
  [['--write', 'no-such-folder/page.md'], 'There is no folder no-such-folder to write to. See --help.\n'],
  [['issuer', '--rounds', '0'], '--rounds takes a whole number from 1 to 1000, not "0". See --help.\n'],
])('%j is refused in a sentence, before anything is started', (args, stderr) => {
  expect(bench(...args)).toEqual({ status: 2, stdout: '', stderr })
})

test('an option that nobody knows is refused in a sentence', () => {
  const { status, stderr } = bench('--fast')
  expect(status).toBe(2)
  expect(stderr).toMatch(/^Unknown option '--fast'.* See --help\.\n$/s)
})
