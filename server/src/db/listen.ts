/**
 * Notifications from PostgreSQL, on one connection of its own.
 *
 * A notification is a hint, never the truth: it is lost while the connection is down. Whoever waits for one
 * also listens to `onReconnect`, and then looks again.
 */
import pg from 'pg'
import { type Connection, clientConfig } from './database.ts'

export interface Listener {
  /** @returns Stops the subscription. The handler must not throw. */
  subscribe(channel: string, handler: (payload: string) => void): () => void
  /** Called whenever notifications may have been missed: after each (re)connect and when a new channel begins. */
  onReconnect(handler: () => void): () => void
  close(): Promise<void>
}

interface Log {
  warn(details: object, message: string): void
}

const CHECK_INTERVAL_MS = 30_000
const CHECK_TIMEOUT_MS = 10_000
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 5_000

/** Connects before it resolves; afterwards it reconnects by itself until it is closed. */
export async function openListener(connection: Connection, log: Log): Promise<Listener> {
  const handlers = new Map<string, Set<(payload: string) => void>>()
  const reconnectHandlers = new Set<() => void>()
  let client: pg.Client | undefined
  let retryTimer: NodeJS.Timeout | undefined
  let retryMs = FIRST_RETRY_MS
  let closed = false
  /** The latest statement on `client`, for a connection takes one at a time. */
  let asked: Promise<unknown> = Promise.resolve()

  const connect = async (): Promise<void> => {
    const next = new pg.Client({ ...clientConfig(connection), query_timeout: CHECK_TIMEOUT_MS })
    const lose = (error?: Error): void => {
      if (client === next) client = undefined
      next.removeAllListeners()
      next.on('error', () => {}) // whatever else it says is about a connection that we gave up
      void next.end().catch(() => {})
      if (!closed) reconnectLater(error)
    }
    next.on('notification', ({ channel, payload }) => {
      for (const handler of handlers.get(channel) ?? []) handler(payload ?? '')
    })
    next.on('error', lose)
    next.on('end', () => lose())
    try {
      await next.connect()
      for (const channel of handlers.keys()) await next.query(`listen ${pg.escapeIdentifier(channel)}`)
    } catch (error) {
      next.removeAllListeners()
      next.on('error', () => {})
      void next.end().catch(() => {})
      throw error
    }
    if (closed) return void next.end().catch(() => {})
    client = next
    asked = Promise.resolve()
    retryMs = FIRST_RETRY_MS
    missed()
  }

  const reconnectLater = (error: unknown): void => {
    if (retryTimer !== undefined || closed) return
    log.warn({ err: error }, 'The connection for notifications was lost; connecting again.')
    retryTimer = setTimeout(() => {
      retryTimer = undefined
      connect().catch(reconnectLater)
    }, retryMs)
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS)
  }

  const missed = (): void => {
    for (const handler of reconnectHandlers) handler()
  }

  const ask = (on: pg.Client, statement: string): Promise<unknown> => {
    const answer = asked.then(() => on.query(statement))
    asked = answer.catch(() => {})
    return answer
  }

  // A connection can die without a word (a firewall, a sleeping machine): ask now and then.
  const check = setInterval(() => {
    const checked = client
    if (checked) ask(checked, 'select 1').catch((error: Error) => checked.emit('error', error))
  }, CHECK_INTERVAL_MS)
  check.unref()

  await connect()
  return {
    subscribe(channel, handler) {
      const known = handlers.get(channel)
      const set = known ?? new Set()
      handlers.set(channel, set.add(handler))
      const current = client
      if (known === undefined && current) {
        ask(current, `listen ${pg.escapeIdentifier(channel)}`)
          .then(missed)
          .catch((error: Error) => current.emit('error', error))
      }
      return () => void set.delete(handler)
    },
    onReconnect(handler) {
      reconnectHandlers.add(handler)
      return () => void reconnectHandlers.delete(handler)
    },
    async close() {
      closed = true
      clearInterval(check)
      clearTimeout(retryTimer)
      const last = client
      client = undefined
      last?.removeAllListeners('end')
      last?.removeAllListeners('error')
      last?.on('error', () => {})
      await last?.end().catch(() => {})
    },
  }
}
