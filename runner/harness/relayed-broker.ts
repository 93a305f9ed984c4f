/** A broker with its relay, both real, in this process and in a process of its own, without a job and without a sandbox. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrokerAddress, type BrokerOptions, openBroker } from '../src/job/broker/broker.ts'

const RELAY = join(import.meta.dirname, '../src/job/broker/relay.mjs')

export interface RelayedBroker extends BrokerAddress {
  readonly socketPath: string
  readonly relay: ChildProcess
  /** The broker alone. */
  closeBroker(): Promise<void>
  close(): Promise<void>
}

export async function openRelayedBroker(
  options: Omit<BrokerOptions, 'socketPath' | 'user'>,
): Promise<RelayedBroker> {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-broker-'))
  const socketPath = join(folder, 'door')
  const user = { uid: process.getuid?.() ?? -1, gid: process.getgid?.() ?? -1 }
  const broker = await openBroker({ ...options, socketPath, user })
  const relay = await startRelayProcess(socketPath)
  return {
    url: relay.url,
    requestToken: broker.requestToken,
    socketPath,
    relay: relay.child,
    closeBroker: broker.close,
    async close() {
      relay.child.kill('SIGKILL')
      await broker.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export async function startRelayProcess(
  socketPath: string,
): Promise<{ readonly child: ChildProcess; readonly url: string }> {
  const child = spawn(process.execPath, [RELAY, socketPath], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [port] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, url: `http://127.0.0.1:${Number(port)}` }
}
