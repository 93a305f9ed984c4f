/**
 * One delivery as it came: who sent it, whether it is theirs, and that it is not lost once it was answered.
 *
 * What is wrong about it is told to nobody: an unknown host, a wrong signature and none at all are answered alike.
 */
import { createHash } from 'node:crypto'
import type { Queryable } from '../db/database.ts'
import { isUuid } from '../db/uuid.ts'
import type { DeliveryHeaders, GitHostAdapter, ReadDelivery } from '../git-hosts/adapter.ts'
import { ADAPTERS } from '../git-hosts/adapters.ts'
import { findHostById } from '../git-hosts/find.ts'
import type { GitHostKind } from '../git-hosts/git-host.ts'
import { type HostSecretsServices, openGitHost } from '../git-hosts/secrets.ts'
import { addDelivery } from './delivery.sql.ts'
import { subjectOf } from './delivery.ts'

export interface ReceiveServices extends HostSecretsServices {
  readonly db: Queryable
  readonly randomUuid: () => string
  readonly log: { error(details: object, message: string): void }
}

export interface Sent {
  readonly hostId: string
  readonly raw: Buffer
  readonly headers: DeliveryHeaders
  /** Of the path that takes one kind alone. */
  readonly onlyKind?: GitHostKind
}

export type Received = 'stored' | 'known' | 'refused'

export async function receive(services: ReceiveServices, sent: Sent): Promise<Received> {
  const { db, log, randomUuid } = services
  const { hostId, raw, headers, onlyKind } = sent
  const host = isUuid(hostId) ? await findHostById(db, hostId) : undefined
  const adapter = host && ADAPTERS[host.kind]
  if (!host || !adapter || (onlyKind !== undefined && host.kind !== onlyKind)) return 'refused'
  const opened = await openGitHost(db, services, host)
  if (opened === 'unreadable') {
    log.error({ hostId }, 'The secrets of a git host do not open: its deliveries are refused.')
    return 'refused'
  }
  if (!adapter.verify(raw, headers, opened.secrets.webhookSecret)) return 'refused'
  const kept = pick(headers, adapter.keptHeaders)
  const read = adapter.read(raw, kept)
  const isNew = await addDelivery(db, {
    id: randomUuid(),
    hostId,
    deliveryKey: keyOf(adapter, raw, headers),
    event: keepable(adapter.eventName(raw, kept)),
    origin: 'host',
    subject: 'ignored' in read ? undefined : subjectOf(read),
    headers: kept,
    body: raw,
    outcome: isOver(read),
  })
  return isNew ? 'stored' : 'known'
}

/** The host's own id, as long as it is a short word; else what was sent, which is the same when it is sent again. */
function keyOf(adapter: GitHostAdapter, raw: Buffer, headers: DeliveryHeaders): string {
  const key = adapter.deliveryKey(headers)
  if (key !== undefined && /^[\x21-\x7e]{1,200}$/.test(key)) return `id:${key}`
  return `sha256:${createHash('sha256').update(raw).digest('hex')}`
}

function isOver(read: ReadDelivery) {
  if ('ignored' in read) return { ignored: read.ignored }
  return read.every(({ kind }) => kind === 'ping')
    ? { ignored: 'The host asked whether we are here.' }
    : undefined
}

function pick(headers: DeliveryHeaders, names: readonly string[]): DeliveryHeaders {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name, keepable(value)]]
    }),
  )
}

function keepable(text: string): string {
  return text.slice(0, 200).replaceAll('\0', '').toWellFormed()
}
