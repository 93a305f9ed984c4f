/** From what was stored to events: as the host has said it, or as this server has found it out. */
import type { Queryable } from '../db/database.ts'
import type { ReadDelivery } from '../git-hosts/adapter.ts'
import { ADAPTERS } from '../git-hosts/adapters.ts'
import { findHostById } from '../git-hosts/find.ts'
import type { DueDelivery } from './due.sql.ts'
import { readFound } from './found.ts'

export interface ReadServices {
  readonly db: Queryable
}

export async function readStored({ db }: ReadServices, delivery: DueDelivery): Promise<ReadDelivery> {
  if (delivery.origin === 'daypass') return readFound(delivery.body)
  const host = await findHostById(db, delivery.hostId)
  const adapter = host && ADAPTERS[host.kind]
  return (
    adapter?.read(delivery.body, delivery.headers) ?? { ignored: 'The git host is not connected any more.' }
  )
}
