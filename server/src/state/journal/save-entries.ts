/** `PATCH {update}/journalentries`: what a client tells of its update while it runs. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { Database } from '../../db/database.ts'
import type { SentBody } from '../../http/body.ts'
import { dryRunWritesNothing } from '../checkpoint.ts'
import { JsonTextError } from '../json-span.ts'
import { type LeaseCall, withLease } from '../lease.ts'
import { appendEntries, type JournalRequest, readJournalRequest } from './journal.ts'

export function readJournalBody({ bytes, gzip }: SentBody): JournalRequest | Refusal {
  try {
    return readJournalRequest(bytes, gzip)
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error
    return { status: 400, reason: 'malformed_journal', message: error.message }
  }
}

/** Repeating it is harmless. @returns Undefined when the entries are durable. */
export async function saveEntries(
  db: Database,
  call: LeaseCall,
  request: JournalRequest,
): Promise<Refusal | undefined> {
  return withLease(db, call, async (tx, { id, dryRun, isJournaled }) => {
    if (dryRun) return dryRunWritesNothing
    if (!isJournaled) return notJournaled
    await appendEntries(tx, id, request)
    return undefined
  })
}

const notJournaled: Refusal = {
  status: 409,
  reason: 'not_journaled',
  message: 'Conflict: this update was started without a journal: send whole states.',
}
