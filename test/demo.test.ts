// `npm run demo`, as a newcomer runs it: its table is true, and nothing is left.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cacheRoot } from '../tools/setup/cache.mjs'
import { findGitea } from '../tools/setup/gitea.mjs'
import { processesWith } from './harness/processes.ts'

const neverAborted = new AbortController().signal
const DEMO = join(import.meta.dirname, '../demo/main.ts')

/** All that this demo makes lies there; other users may pass through, for PostgreSQL and jobs run as such. */
let temporary: string
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'daypass-demo-test-'))
  chmodSync(temporary, 0o711)
})
afterAll(() => rmSync(temporary, { recursive: true, force: true }))

async function runDemo(
  args: readonly string[],
  interruptAfter?: RegExp,
  look: (said: string) => Promise<void> = async () => {},
): Promise<{ code: number | null; output: string }> {
  const env = { ...process.env, TMPDIR: temporary }
  const child = spawn(process.execPath, [DEMO, ...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
  let seen = ''
  let isOver = false
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString()
    if (isOver || !interruptAfter?.test(seen)) return
    isOver = true
    void look(seen).finally(() => child.kill('SIGINT'))
  })
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { code, output: output + errors }
}

function leftovers(): string[] {
  return [...readdirSync(temporary), ...processesWith(temporary)]
}

test('the demo’s table is true, and it leaves nothing', async () => {
  const { code, output } = await runDemo([])
  expect(code, output).toBe(0)
  const table = output.slice(output.lastIndexOf('\n\n'))
  expect(table).not.toContain('✗')
  expect(table).toMatch(
    /token said +pulumi:deploy:org:acme:project:shop:stack:dev:operation:update:scope:write/,
  )
  expect(table).toMatch(/in AWS it was +arn:aws:sts::123456789012:assumed-role\/shop-dev\/shop-dev-1/)
  expect(table).toMatch(/in Azure it was +application [0-9a-f-]+ on \/subscriptions\//)
  expect(table).toMatch(/in Google it was +shop-dev@acme-dev\.iam\.gserviceaccount\.com/)
  for (const cloud of ['AWS', 'Azure', 'Google']) {
    expect(table).toMatch(new RegExp(`${cloud} refused because +.*stack "prod"`))
  }
  expect(table).toMatch(/push to main +dev succeeded at [0-9a-f]{12}, which was pushed/)
  const gitea = await findGitea({ cache: cacheRoot(process.env), env: process.env, signal: neverAborted })
  if ('binary' in gitea)
    expect(table).toMatch(/pull request on Gitea +preview succeeded at [0-9a-f]{12}, its head: 1 comment/)
  else {
    expect(output).toContain(
      `No pull request is previewed: it takes a git host with an API, and there is no Gitea: ${gitea.reason}`,
    )
    expect(table).not.toContain('pull request')
  }
  expect(table).toMatch(/cloud secrets stored +0 \(\d+ credentials/)
  expect(leftovers()).toEqual([])
})

test('asked to stay, it says where to look, serves that page, and goes without a trace on Ctrl-C', async () => {
  let page = ''
  const { code, output } = await runDemo(['--stay'], /Ctrl-C ends it/, async (said) => {
    const address = /Look at it: (\S+)/.exec(said)?.[1] ?? ''
    page = await (await fetch(address, { headers: { accept: 'text/html' } })).text()
  })
  expect(code, output).toBe(0)
  expect(page).toContain('<div id="root">')
  expect(leftovers()).toEqual([])
})

test('interrupted in the middle, it leaves nothing either and says that it failed', async () => {
  const { code, output } = await runDemo([], /■ Get source/)
  expect(code, output).toBe(1)
  expect(leftovers()).toEqual([])
})
