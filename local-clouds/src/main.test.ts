import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'

const main = join(import.meta.dirname, 'main.ts')
const config = {
  accounts: [
    {
      id: '123456789012',
      oidcProviders: [{ url: 'http://127.0.0.1:1/oidc', audiences: ['acme'] }],
      roles: [],
    },
  ],
}

function start(
  text: string | undefined,
  flags: readonly string[] = [],
): ChildProcess & { errors: () => string } {
  const folder = mkdtempSync(join(tmpdir(), 'local-aws-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'config.json')
  if (text !== undefined) writeFileSync(file, text)
  const child = spawn(process.execPath, [main, '--config', file, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  return Object.assign(child, { errors: () => errors })
}

async function endOf(child: ChildProcess & { errors: () => string }) {
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, errors: child.errors() }
}

test('it starts, says where, answers, and ends when told to', async () => {
  const child = start(JSON.stringify(config))
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [
    string,
  ]
  expect(line).toMatch(/^Local AWS listening on http:\/\/127\.0\.0\.1:\d+$/)
  const response = await fetch(line.replace(/^.* /, ''))
  expect(await response.text()).toContain('<Code>InvalidAction</Code>')
  expect(child.errors()).toContain('Only this local cloud trusts the issuer http://127.0.0.1:1/oidc')
  child.kill('SIGTERM')
  expect((await endOf(child)).code).toBe(0)
})

test.each<[string | undefined, string[], string]>([
  [undefined, [], 'cannot be read'],
  ['{', [], 'is not valid JSON'],
  ['{"accounts":[],"accounts":[]}', [], 'says $.accounts twice'],
  ['{"accounts":[{"id":"7"}]}', [], 'is wrong at $.accounts[0].id: An account id has 12 digits.'],
  [JSON.stringify(config), ['--port', '70000'], '--port must be 0 to 65535'],
  [JSON.stringify(config), ['--verbose'], 'Usage:'],
])('with %j %j it stops with a sentence', async (text, flags, words) => {
  const { code, errors } = await endOf(start(text, flags))
  expect(code).toBe(2)
  expect(errors).toContain(words)
  expect(errors).not.toContain('    at ')
})

test('a port that is taken is said to be so', async () => {
  const first = start(JSON.stringify(config))
  const [line] = (await once(createInterface({ input: first.stdout as NodeJS.ReadableStream }), 'line')) as [
    string,
  ]
  const port = new URL(line.replace(/^.* /, '')).port
  const { code, errors } = await endOf(start(JSON.stringify(config), ['--port', port]))
  expect(code).toBe(2)
  expect(errors).toContain(`Port ${port} of 127.0.0.1 cannot be listened on (EADDRINUSE)`)
})
