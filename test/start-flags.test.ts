// `daypass start` takes what the server and the runner take: nobody has to take it apart to set one thing.
import { expect, test } from 'vitest'
import { daypass } from './harness/daypass.ts'

/** What `daypass start` itself tells the two. */
const BETWEEN_THEM = [
  '--runner-token-fd',
  '--runner-socket',
  '--server',
  '--server-socket',
  '--pool-token-fd',
  '--pool-token-file',
]

async function flagsOf(...command: string[]): Promise<string[]> {
  const { code, stdout } = await daypass([...command, '--help'])
  expect(code).toBe(0)
  const flags = [...stdout.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => `${flag}`)
  return flags.filter((flag) => flag !== '--help' && !BETWEEN_THEM.includes(flag)).sort()
}

test('every flag of the server is one of `daypass start`, and it has no other', async () => {
  const [start, server, runner] = await Promise.all([flagsOf('start'), flagsOf('serve'), flagsOf('runner')])
  expect(server).toContain('--metrics-port')
  expect(server.filter((flag) => !start.includes(flag))).toEqual([])
  expect(start.filter((flag) => !server.includes(flag) && !runner.includes(flag))).toEqual([])
  expect(server.filter((flag) => runner.includes(flag))).toEqual([])
})

test.each([
  [['--metrics-port', '70000'], '--metrics-port must be a number from 1 to 65535, not "70000".'],
  [['--metrics-host', '127.0.0.1', '--metrics-port', 'x'], '--metrics-port must be a number from 1 to 65535'],
  [['--new-admin-token', '--log-level', 'loud'], '--log-level must be silent'],
])('what is given reaches the server: %j', async (flags, sentence) => {
  const { code, stderr } = await daypass(['start', ...flags])
  expect(stderr).toContain(sentence)
  expect(code).toBe(2)
})
