/**
 * Starts a job's relay (`relay.mjs`) in a sandbox like any step's, beside the steps and for as long as all of them.
 *
 * It is in the job's network and in no other of its namespaces: no program can end it, look at it or change what it runs,
 * and it dies with the runner as every step does. One process a job, and not one a step inside of it: a program
 * would have it among its own processes, and each step would wait for it.
 */
import { chmod, copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Job, Launcher } from '../../launch/launcher.ts'
import { endedBadly } from '../run-step.ts'

/** As short as this, because the path of a Unix socket has at most 107 bytes. */
export const SOCKET_NAME = 'door'

const RELAY = join(import.meta.dirname, 'relay.mjs')
/** A container may have to be made for it, on a machine that is busy. */
const PATIENCE_MS = 30_000
const LONGEST_OUTPUT = 2_000

export interface Relay {
  /** As programs of the job see it. */
  readonly url: string
  /** How it ended. */
  readonly ended: Promise<string>
  close(): Promise<void>
}

export type StartedRelay =
  | { readonly ok: true; readonly relay: Relay }
  | { readonly ok: false; readonly reason: string }

/** @param job Of the relay alone; the socket lies in its private folder. */
export async function startRelay(
  launcher: Launcher,
  job: Job,
  interrupt: AbortSignal,
): Promise<StartedRelay> {
  const paths = launcher.paths(job.folder)
  const program = join(job.folder.private, 'relay.mjs')
  await launcher.furnish?.(job)
  await copyFile(RELAY, program)
  // Whatever the runner's umask is.
  await chmod(program, 0o444)
  const running = launcher.run(job, {
    argv: [...paths.node, join(paths.private, 'relay.mjs'), join(paths.private, SOCKET_NAME)],
    env: {},
    cwd: '/',
    privateFolder: true,
    relay: 'is',
  })
  let output = ''
  const { promise: port, resolve } = Promise.withResolvers<number | undefined>()
  const read = async (): Promise<void> => {
    for await (const chunk of running.output) {
      if (output.length < LONGEST_OUTPUT) output += chunk.toString('utf8')
      const line = /^(\d{1,5})\n/.exec(output)
      if (line) resolve(Number(line[1]))
    }
  }
  const ended = Promise.all([running.ended, read()]).then(([{ exit }]) => {
    resolve(undefined)
    const said = output
      .replace(/^\d+\n/, '')
      .trim()
      .split('\n')
      .at(-1)
    return `it ${endedBadly(exit) ?? 'ended'}${said ? `: ${said}` : ''}`
  })
  const close = async (): Promise<void> => {
    running.kill()
    await ended
  }
  const patience = AbortSignal.any([interrupt, AbortSignal.timeout(PATIENCE_MS)])
  patience.addEventListener('abort', () => resolve(undefined), { once: true })
  if (patience.aborted) resolve(undefined)
  const found = await port
  if (found !== undefined) return { ok: true, relay: { url: `http://127.0.0.1:${found}`, ended, close } }
  running.kill()
  const how = await ended
  return { ok: false, reason: `the relay did not start, ${how}` }
}
