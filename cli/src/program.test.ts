/** Rules for every command there is, so that a new one cannot forget them. */
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { createProgram } from './program.ts'
import { descriptionOf } from './server-command.ts'

const program = createProgram({
  env: {},
  fetch: () => Promise.reject(new Error('Nobody calls a server here.')),
  now: () => new Date(),
  folder: '/',
  input: process.stdin,
})

function leavesOf(command: Command, path = command.name()): { path: string; command: Command }[] {
  if (command.commands.length === 0) return [{ path, command }]
  const visible = command.createHelp().visibleCommands(command)
  return command.commands
    .filter((below) => visible.includes(below))
    .flatMap((below) => leavesOf(below, `${path} ${below.name()}`))
}

const leaves = leavesOf(program)

test('every command says what it does, and shows how with flags that it takes', () => {
  expect(leaves.length).toBeGreaterThan(10)
  for (const { path, command } of leaves) {
    expect(command.description(), path).not.toBe('')
    const { example } = descriptionOf(command) ?? { example: '' }
    expect(example, `${path} has an example`).toContain(path)
    for (const line of example.split('\n').filter((one) => one.startsWith(path))) {
      const flags = line.split(/\s+/).filter((word) => /^--?[a-z]/.test(word))
      const known = command.options.flatMap(({ long, short }) => [long, short])
      // The two programs that are started get their flags passed on.
      if (!path.match(/ (?:serve|runner)$/)) expect(known, line).toEqual(expect.arrayContaining(flags))
    }
  }
})

test('every command that answers does so in JSON too', () => {
  for (const { path, command } of leaves) {
    const hasFlag = command.options.some(({ long }) => long === '--json')
    expect(hasFlag, path).toBe(descriptionOf(command)?.answer !== undefined)
  }
})

test('every flag and argument says what it means', () => {
  for (const { path, command } of leaves) {
    for (const { long, description } of command.options) expect(description, `${path} ${long}`).not.toBe('')
  }
})
