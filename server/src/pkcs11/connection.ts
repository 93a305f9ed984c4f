/**
 * The server's end of the process that holds a PKCS #11 module.
 *
 * Owns: that each act ends in time, and that a process that failed is followed by another. Does not own: what is done
 * there (token).
 *
 * The module is a stranger's code with calls that may never return, and may crash. Whatever it fails at ends its
 * process; the next act begins another one, at the soonest after a pause, so that what comes back is found by itself.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type Act, type Reply, type Results, TokenError, type TokenPlace } from './protocol.ts'

export interface Pkcs11Options extends TokenPlace {
  /** The variables that the module sees: some read the place of their own settings there, and none needs a secret. */
  readonly environment: Readonly<Record<string, string | undefined>>
}

export interface Pkcs11Connection {
  /** @throws {TokenError} after 5 seconds at most; making a key may take a minute. */
  perform<A extends Exclude<Act, { kind: 'open' }>>(act: A): Promise<Results[A['kind']]>
  /** Opens the token, if that was not done yet. @throws {TokenError} */
  open(): Promise<void>
  /** Whatever is being done fails. */
  stop(): Promise<void>
}

export interface ConnectionTiming {
  readonly actSeconds: number
  readonly openSeconds: number
  /** After a failure, until the module is started again. */
  readonly pauseSeconds: number
}

/** A runner waits 10 seconds for an ID token. Making a key takes small tokens longer, and nobody waits for it. */
const TIMING: ConnectionTiming = { actSeconds: 5, openSeconds: 10, pauseSeconds: 1 }
const CREATE_SECONDS = 60

const PROGRAM = join(import.meta.dirname, 'process.ts')

interface Pending {
  resolve(result: Results[keyof Results]): void
  reject(error: TokenError): void
}

/** One process, from its start to its end. */
interface Session {
  ask(act: Act): Promise<Results[keyof Results]>
  /** Resolves when the token is open. */
  readonly opened: Promise<void>
  end(why: TokenError): void
  readonly gone: Promise<void>
}

interface Outage {
  readonly error: TokenError
  readonly atMs: number
  /** Of the file that held a refused PIN. */
  readonly pinFile: string | undefined
}

export function connectPkcs11(options: Pkcs11Options, timing: ConnectionTiming = TIMING): Pkcs11Connection {
  let session: Session | undefined
  let starting: Promise<Session> | undefined
  let outage: Outage | undefined
  let stopped = false

  async function current(): Promise<Session> {
    if (session) return session
    starting ??= start().finally(() => {
      starting = undefined
    })
    return starting
  }

  async function start(): Promise<Session> {
    if (stopped) throw unavailable('The server stops.')
    if (outage && performance.now() - outage.atMs < timing.pauseSeconds * 1000) throw outage.error
    const pinFile = await markOf(options.pinFile)
    if (outage?.pinFile !== undefined && outage.pinFile === pinFile) throw outage.error
    const begun = begin(options, timing, (error) => {
      if (session === begun) session = undefined
      outage = {
        error,
        atMs: performance.now(),
        pinFile: error.code === 'pin_refused' ? pinFile : undefined,
      }
    })
    session = begun
    return begun
  }

  return {
    async perform<A extends Exclude<Act, { kind: 'open' }>>(act: A) {
      const seconds = act.kind === 'create' ? CREATE_SECONDS : timing.actSeconds
      let asked: Session | undefined
      const done = (async () => {
        asked = await current()
        await asked.opened
        return asked.ask(act)
      })()
      const result = await inTime(done, seconds, () => {
        const late = unavailable(`The PKCS #11 module has not answered for ${seconds} seconds.`)
        asked?.end(late)
        return late
      })
      return result as Results[A['kind']]
    },
    async open() {
      await (await current()).opened
    },
    async stop() {
      stopped = true
      const last = session
      last?.end(unavailable('The server stops.'))
      await last?.gone
    },
  }
}

function begin(options: Pkcs11Options, timing: ConnectionTiming, onEnd: (why: TokenError) => void): Session {
  const { environment, ...place } = options
  // Without anything of ours on its command line, and without a stream that a module could write a PIN to.
  const child = fork(PROGRAM, [], {
    env: definedOf(environment),
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const pending = new Map<number, Pending>()
  let asked = 0
  let over: TokenError | undefined

  function end(why: TokenError): void {
    if (over) return
    over = why
    onEnd(why)
    for (const { reject } of pending.values()) reject(why)
    pending.clear()
    child.kill('SIGKILL')
  }

  function ask(act: Act): Promise<Results[keyof Results]> {
    return new Promise((resolve, reject) => {
      if (over) return reject(over)
      asked += 1
      pending.set(asked, { resolve, reject })
      child.send({ number: asked, act })
    })
  }

  child.on('message', (reply: Reply) => {
    // Whatever failed: a process that begins anew says best what is wrong, and whether it still is.
    if ('failure' in reply) return end(new TokenError(reply.failure))
    pending.get(reply.number)?.resolve(reply.result)
    pending.delete(reply.number)
  })
  child.on('error', ({ message }) =>
    end(unavailable(`The process of the PKCS #11 module failed: ${message}.`)),
  )
  child.on('exit', (code, signal) =>
    end(unavailable(`The PKCS #11 module ended its process (${signal ?? `exit ${code}`}).`)),
  )
  const opened = inTime(ask({ kind: 'open', ...place }), timing.openSeconds, () => {
    const late = unavailable(
      `The PKCS #11 module has not opened its token for ${timing.openSeconds} seconds.`,
    )
    end(late)
    return late
  }).then(() => undefined)
  opened.catch(() => {})
  return { ask, opened, end, gone: goneFrom(child) }
}

function goneFrom(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
}

async function inTime<T>(work: Promise<T>, seconds: number, late: () => TokenError): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), seconds * 1000)
  })
  return Promise.race([work, deadline]).finally(() => clearTimeout(timer))
}

/** Another one when the file was written or replaced. */
async function markOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  return found && `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`
}

function definedOf(environment: Pkcs11Options['environment']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function unavailable(sentence: string): TokenError {
  return new TokenError({ code: 'unavailable', sentence })
}
