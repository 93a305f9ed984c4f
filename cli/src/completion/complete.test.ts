import { expect, test } from 'vitest'
import { createProgram } from '../program.ts'
import { complete } from './complete.ts'

const surroundings = {
  env: { DAYPASS_TOKEN: 'pul-0' },
  fetch: () => Promise.reject(new Error('There is no server here.')),
  now: () => new Date(),
  folder: '/',
  input: process.stdin,
}
const program = createProgram(surroundings)

async function valuesAfter(...words: string[]): Promise<string[]> {
  const { suggestions } = await complete(program, words, surroundings)
  return suggestions.map(({ value }) => value)
}

test('every command and every flag of the tree is completed, and nothing else', async () => {
  const walk = async (command: typeof program, path: readonly string[]): Promise<void> => {
    const visible = command.createHelp().visibleCommands(command)
    if (command.commands.length > 0) {
      expect(await valuesAfter(...path, '')).toEqual(visible.map((one) => one.name()))
    }
    const flags = command.createHelp().visibleOptions(command)
    expect(await valuesAfter(...path, '--')).toEqual(flags.map(({ long }) => long).filter(Boolean))
    for (const below of command.commands) {
      if (visible.includes(below)) await walk(below, [...path, below.name()])
    }
  }
  await walk(program, [])
})

test.each([
  [['sched'], ['schedule']],
  [
    ['schedule', 'create', '--kind', ''],
    ['raw', 'drift', 'ttl'],
  ],
  [['schedule', 'create', '--kind', 'd'], ['drift']],
  [['schedule', 'create', '--kind=d'], ['--kind=drift']],
  // What was given once is not offered again, unless it may be repeated.
  [['schedule', 'create', '--kind', 'ttl', '--kin'], []],
  [['webhook', 'create', '--event', 'update_failed', '--eve'], ['--event']],
  // A value that looks like a command is none.
  [['pool', 'list', '--org', 'pool', '--sha'], ['--shared']],
  [['pool', 'list', '--org=pool', '--sha'], ['--shared']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  [['completion', '--', 'f'], ['fish']],
  [['nonsense', 'x', ''], []],
  [['pool', 'show', 'eu', ''], []],
  // No server, no names, and no complaint.
  [['pool', 'show', ''], []],
])('%j', async (words, values) => {
  expect(await valuesAfter(...words)).toEqual(values)
})

test.each([
  [['backup', ''], 'file'],
  [['pool', 'token', 'create', 'eu', '--to', ''], 'file'],
  [['pool', 'token', 'create', 'eu', '--to='], 'file'],
  [['stack', 'import-from', 'file:///x', '--project', 'a', ''], 'folder'],
  [['stack', 'import-from', 'file:///x', '--project', 'a', '--al'], 'none'],
  [['pool', ''], 'none'],
])('%j is a %s', async (words, files) => {
  expect((await complete(program, words, surroundings)).files).toBe(files)
})
