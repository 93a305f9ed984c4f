// The two ways in which the set-up starts other programs: quietly, for its own steps, and in the foreground,
// for the command that the user asked for.
import { spawn } from 'node:child_process'
import { exitCodeOf } from './interrupts.mjs'

const KEPT_OUTPUT_CHARACTERS = 64 * 1024
const PATIENCE_AFTER_TERM_MS = 5_000

/** Process groups of quiet children that still run; none of them outlives the set-up. @type {Set<number>} */
const liveGroups = new Set()
process.on('exit', () => {
  for (const group of liveGroups) signalGroup(group, 'SIGKILL')
})

/**
 * Runs a program with its output kept back. It gets a process group of its own, so that an interrupt also ends
 * the processes which it started itself (npm's scripts, Go's compilers).
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, signal: AbortSignal, timeoutMs?: number }} options
 * @returns {Promise<{ code: number, output: string }>} rejects when the program cannot be started, with the
 *   signal's reason when it aborts, and with an error when the time is over
 */
export function runQuietly(program, args, { cwd, env, signal, timeoutMs }) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const child = spawn(program, args, {
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    const group = child.pid
    if (group !== undefined) liveGroups.add(group)
    let output = ''
    /** @type {unknown} */
    let endedBecause
    /** @type {NodeJS.Timeout | undefined} */
    let killTimer

    const keep = (/** @type {string} */ text) => {
      output = (output + text).slice(-KEPT_OUTPUT_CHARACTERS)
    }
    const end = (/** @type {unknown} */ reason) => {
      endedBecause ??= reason
      if (group === undefined) return
      signalGroup(group, 'SIGTERM')
      killTimer ??= setTimeout(() => signalGroup(group, 'SIGKILL'), PATIENCE_AFTER_TERM_MS)
    }
    const onAbort = () => end(signal.reason)
    signal.addEventListener('abort', onAbort)
    const timeout = setTimeout(() => end(new Error(`${program} took too long`)), timeoutMs ?? 2 ** 31 - 1)
    const release = () => {
      clearTimeout(timeout)
      clearTimeout(killTimer)
      signal.removeEventListener('abort', onAbort)
      if (group !== undefined) liveGroups.delete(group)
    }

    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    child.on('error', (error) => {
      release()
      reject(error)
    })
    child.on('close', (code, killedBy) => {
      release()
      if (endedBecause !== undefined) reject(endedBecause)
      else resolve({ code: code ?? exitCodeOf(killedBy ?? 'SIGKILL'), output })
    })
  })
}

/**
 * Runs the user's command with our terminal and returns its exit code.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, interrupts: import('./interrupts.mjs').Interrupts }} options
 * @returns {Promise<number>}
 */
export function runInForeground(program, args, { cwd, env, interrupts }) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: 'inherit' })
    interrupts.handTo((signal) => {
      // A terminal sends Ctrl-C to the whole foreground group, so the child has it already; a second one would
      // read as "stop at once".
      if (signal === 'SIGINT' && process.stdin.isTTY) return
      child.kill(signal)
    })
    child.on('error', reject)
    child.on('exit', (code, killedBy) => resolve(code ?? exitCodeOf(killedBy ?? 'SIGKILL')))
  })
}

/**
 * @param {number} group
 * @param {NodeJS.Signals} signal
 */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal)
  } catch {
    // The group is gone, which is what we wanted.
  }
}
