/**
 * Starts the outermost process of a step and follows it to its end, the same for every launcher.
 *
 * A step counts as ended when the first process of its namespace is gone: the kernel lets it go only after every
 * other process of the namespace is dead, so nothing that a program left behind can outlive its step.
 */
import { spawn } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { environmentScript } from './entry.ts'
import type { RunningStep, StepExit, StepProcess } from './launcher.ts'
import { childrenOf, findByInnerPid, identify, isAlive, type ProcessIdentity, signal } from './processes.ts'

/** The launchers' own processes get this and nothing else. */
export const LAUNCHER_ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } as const

const MOST_FACTS_BYTES = 1_000_000
const LONGEST_REASON = 2_000

export interface SpawnOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly step: StepProcess
  readonly outputPipe: string
  /** Given to the command as descriptor 4. */
  readonly extraInput?: Buffer
  /** Without a namespace the process itself is the step's first one, and `sweep` ends what it left behind. */
  readonly namespaced: boolean
  readonly sweep?: () => void
}

export function spawnStep(options: SpawnOptions): RunningStep {
  const reader = openSync(options.outputPipe, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(options.outputPipe, constants.O_WRONLY)
  const child = spawn(options.command, options.args, {
    env: LAUNCHER_ENVIRONMENT,
    cwd: '/',
    detached: true, // a session of its own: Ctrl-C at the runner's terminal is the runner's to handle
    stdio: ['pipe', writer, writer, 'pipe', ...(options.extraInput ? (['pipe'] as const) : [])],
  })
  closeSync(writer)
  const output = new Socket({ fd: reader, readable: true, writable: false })

  send(child.stdin, environmentScript(options.step.env))
  if (options.extraInput) send(child.stdio[4] as Writable, options.extraInput)

  let first: ProcessIdentity | undefined
  let target: ProcessIdentity | undefined
  let ready = false
  let interrupted = false

  const onReady = (innerPid: number): void => {
    ready = true
    if (child.pid === undefined) return
    first = options.namespaced ? identify(childrenOf(child.pid)[0] ?? -1) : identify(child.pid)
    target = options.namespaced ? findByInnerPid(child.pid, innerPid) : first
    if (interrupted) interrupt()
  }
  const facts = readFacts(child.stdio[3] as Readable, onReady)

  function interrupt(): void {
    interrupted = true
    if (!target || !isAlive(target)) return
    signal(options.step.interruptGroup ? -target.processGroup : target.pid, 'SIGINT')
  }

  function kill(): void {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    first ??= options.namespaced ? identify(childrenOf(child.pid)[0] ?? -1) : undefined
    if (first && options.namespaced) signal(first.pid, 'SIGKILL')
    child.kill('SIGKILL')
    options.sweep?.()
  }

  const exited = new Promise<StepExit>((resolve) => {
    child.once('error', (error) => resolve({ kind: 'not_started', reason: error.message }))
    child.once('exit', (code, name) => resolve(exitOf(code, name)))
  })

  const ended = exited.then(async (exit) => {
    options.sweep?.()
    while (first && isAlive(first)) await sleep(2)
    if (child.pid === undefined) output.destroy()
    const found = await facts
    return { exit: ready ? exit : notStarted(exit), facts: found }
  })

  return { output, interrupt, kill, ended }
}

/** A shell and a launcher both report death by a signal as 128 and the signal's number. */
export function exitOf(code: number | null, name: NodeJS.Signals | null): StepExit {
  if (name) return { kind: 'signalled', signal: name }
  if (code === 137) return { kind: 'signalled', signal: 'SIGKILL' }
  if (code === 130) return { kind: 'signalled', signal: 'SIGINT' }
  return { kind: 'exited', exitCode: code ?? 1 }
}

export function notStarted(exit: StepExit): StepExit {
  if (exit.kind === 'not_started') return exit
  const how = exit.kind === 'exited' ? `exit code ${exit.exitCode}` : exit.signal
  return {
    kind: 'not_started',
    reason: `The sandbox ended before the step began (${how}).`.slice(0, LONGEST_REASON),
  }
}

/** The first line on descriptor 3 is the program's process id; what follows, if anything, is the step's own. */
export async function readFacts(stream: Readable, onReady: (innerPid: number) => void): Promise<string> {
  let text = ''
  let ready = false
  stream.setEncoding('utf8')
  stream.on('error', () => undefined)
  try {
    for await (const chunk of stream as AsyncIterable<string>) {
      if (text.length < MOST_FACTS_BYTES) text += chunk
      const end = text.indexOf('\n')
      if (!ready && end >= 0) {
        ready = true
        onReady(Number(text.slice(0, end)))
        text = text.slice(end + 1)
      }
    }
  } catch {
    // A pipe cut by a kill: what has arrived is all there is.
  }
  return ready ? text : ''
}

/** A step may end without having read its input. */
export function send(stream: Writable | null, content: string | Buffer): void {
  stream?.on('error', () => undefined)
  stream?.end(content)
}
