// What a program may print: the log of a real run stays a log, and the commands that read it stay usable.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PulumiUser, pulumiUser } from './harness/pulumi.ts'
import { type System, startSystem } from './harness/system.ts'

/** The longest string that the server takes as one line. */
const LINE_CHARACTERS = 100_000
const TEN_MB = 10 * 1024 * 1024

let system: System
let user: PulumiUser

beforeAll(async () => {
  system = await startSystem()
  user = await pulumiUser({
    PULUMI_ACCESS_TOKEN: system.server.adminToken,
    PULUMI_BACKEND_URL: system.server.url,
    PULUMI_EXPERIMENTAL: 'true',
  })
})
afterAll(async () => {
  await user?.remove()
  await system?.stop()
})

async function print(stack: string, command: string) {
  await system.addStack(stack)
  const ended = await system.deploy(stack, {
    operation: 'preview',
    inheritSettings: false,
    sourceContext: { git: { repoUrl: system.repoUrl, branch: 'main' } },
    operationContext: { preRunCommands: [command, 'echo after; echo -n x > caller.txt'] },
  })
  expect(ended.status, ended.log.slice(-2000)).toBe('succeeded')
  return ended
}

/** Each line of a step behind the one that says the command, in pages as the console reads them. */
async function linesOf(stack: string, id: string, step: number): Promise<string[]> {
  const lines: string[] = []
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const query = `job=0&step=${step}&offset=${offset}&count=499`
    const { status, body } = await system.server.call(
      'GET',
      `/api/stacks/main/shop/${stack}/deployments/${id}/logs?${query}`,
    )
    expect(status).toBe(200)
    lines.push(...body.lines.map(({ line }: { line: string }) => line))
    offset = body.nextOffset
  }
  expect(lines[0]).toMatch(/^\$ /)
  return lines.slice(1)
}

test('a line of 10 MB arrives whole, in pieces, and the next line after it', async () => {
  const ended = await print('long', `head -c ${TEN_MB} /dev/zero | tr '\\0' x; echo; echo done`)
  const lines = await linesOf('long', ended.id, ended.steps.indexOf('Pre-run command 1'))
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(LINE_CHARACTERS)
  const [line = '', ...others] = lines.join('').split('\n')
  expect(line.length).toBe(TEN_MB)
  expect(/^x+$/.test(line)).toBe(true)
  expect(others).toEqual(['done', ''])
  const { output } = await user.ok('deployment', 'log', '1', '--all', '--stack', 'main/shop/long')
  expect(output.replaceAll(/[^x]/g, '').length).toBeGreaterThanOrEqual(TEN_MB)
  expect(output).toContain('after')
})

test('binary is shown as far as it is text, and every line after it', async () => {
  // Every byte, halves of UTF-8 characters, and what would move a terminal's cursor.
  const bytes = Array.from({ length: 256 }, (_, byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
  const ended = await print(
    'binary',
    `printf 'before\\n'; printf '${bytes}\\n'; printf '\\xe2\\x82\\n\\xac\\n'; head -c 200000 /dev/urandom; printf '\\nlast\\n'`,
  )
  const lines = await linesOf('binary', ended.id, ended.steps.indexOf('Pre-run command 1'))
  expect(lines[0]).toBe('before\n')
  expect(lines.at(-1)).toBe('last\n')
  expect(lines.join('')).toContain(' !"#$%&')
  expect(lines.every((line) => line.isWellFormed() && !line.includes('\0'))).toBe(true)
  const { output } = await user.ok('deployment', 'log', '1', '--all', '--stack', 'main/shop/binary')
  expect(output).toContain('last')
  expect(output).toContain('after')
})
