/** `PATCH {update}/journalentries`: what a client tells of its update while it runs. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { hashToken } from '../../access/token.ts'
import type { Queryable } from '../../db/database.ts'
import type { SentBody } from '../../http/body.ts'
import { dryRunWritesNothing } from '../checkpoint.ts'
import { JsonTextError } from '../json-span.ts'
import { type LeaseCall, reasonToRefuse } from '../lease.ts'
import { appendUnderLease } from './journal.sql.ts'
import { type JournalRequest, journalRow, readJournalRequest } from './journal.ts'

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
  db: Queryable,
  call: LeaseCall,
  request: JournalRequest,
): Promise<Refusal | undefined> {
  const lease = { tokenHash: hashToken(call.token), updateId: call.updateId }
  const update = await appendUnderLease(db, lease, journalRow(request))
  if (update?.writable) return undefined
  const refusal = reasonToRefuse(update, call)
  if (refusal) return refusal
  if (update?.dryRun) return dryRunWritesNothing
  if (update?.journalVersion === 0) return notJournaled
  throw new Error(`Update ${call.updateId} took no entries, and nothing says why.`)
}

const notJournaled: Refusal = {
  status: 409,
  reason: 'not_journaled',
  message: 'Conflict: this update was started without a journal: send whole states.',
}
