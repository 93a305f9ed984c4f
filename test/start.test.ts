// `daypass start`: server and runner together, as `npm start` runs them.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGitHost } from '../demo/git-host.ts'
import { processesBelow, processesWith } from './harness/processes.ts'
import { PROGRAM } from './harness/system.ts'

const DAYPASS = join(import.meta.dirname, '../cli/src/main.ts')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-start-'))
  await chmod(folder, 0o711)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Started {
  readonly child: ChildProcess
  readonly url: string
  readonly printed: () => string
}

async function start(...flags: string[]): Promise<Started> {
  const args = [
    DAYPASS,
    'start',
    '--port',
    '0',
    '--data',
    join(folder, 'data'),
    '--admin-token-file',
    join(folder, 'token'),
  ]
  const child = spawn(process.execPath, [...args, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let errors = ''
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString()
  })
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (data: Buffer) => {
      out += data.toString()
      const found = /^Daypass listening on (\S+)$/m.exec(out)?.[1]
      if (found) resolve(found)
    })
    child.once('exit', (code) => reject(new Error(`ended with ${code}: ${errors}`)))
  })
  return { child, url, printed: () => out + errors }
}

async function stop({ child }: Started, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  const exit = once(child, 'exit') as Promise<[number | null]>
  child.kill(signal)
  return (await exit)[0]
}

test('it writes the admin token once, runs a deployment, stops wholly, and starts again on the same data', async () => {
  const git = await startGitHost(PROGRAM)
  const first = await start('--allow-insecure-git')
  try {
    expect((await stat(join(folder, 'token'))).mode & 0o777).toBe(0o600)
    const token = (await readFile(join(folder, 'token'), 'utf8')).trim()
    expect(token).toMatch(/^pul-[0-9a-f]{40}$/)
    expect(first.printed()).not.toContain(token)
    expect(first.printed().match(/Daypass listening on/g)).toHaveLength(1)

    const call = async (url: string, method: string, path: string, body?: object) => {
      const headers = { authorization: `token ${token}`, 'content-type': 'application/json' }
      const response = await fetch(url + path, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      })
      return (await response.json()) as { id: string; status: string }
    }
    await call(first.url, 'POST', '/api/stacks/main/shop', { stackName: 'dev' })
    const { id } = await call(first.url, 'POST', '/api/stacks/main/shop/dev/deployments', {
      operation: 'update',
      inheritSettings: false,
      sourceContext: { git: { repoUrl: git.repoUrl, branch: 'main' } },
      operationContext: { preRunCommands: ['echo -n nobody > caller.txt'] },
    })
    const path = `/api/stacks/main/shop/dev/deployments/${id}`
    await expect
      .poll(() => call(first.url, 'GET', path), { timeout: 60_000 })
      .toMatchObject({ status: 'succeeded' })
    expect(await stop(first)).toBe(0)
    expectNothingLeft()

    const second = await start()
    expect(await call(second.url, 'GET', path)).toMatchObject({ status: 'succeeded' })
    expect(await stop(second, 'SIGINT')).toBe(0)
    expectNothingLeft()
  } finally {
    await git.close()
  }
})

test('a bad flag stops the start with a sentence', async () => {
  await expect(start('--base-url', 'ftp://nowhere')).rejects.toThrow(/--base-url/)
  expectNothingLeft()
})

function expectNothingLeft(): void {
  expect(processesWith(join(folder, 'data'))).toEqual([])
  expect(processesBelow(folder)).toEqual([])
}
