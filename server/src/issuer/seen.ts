/**
 * What the place where keys are published says of the next key: it was seen there, or it may not be.
 *
 * Owns: that a key signs only a lead after it was seen, and that a mirror nobody can be sure of stops the rotation. Does
 * not own: how a mirror is written and read (../mirror).
 */
import type { PublicationStatus } from '@daypass/contract/issuer-publication.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import { announceSigningKeys, holdSigningKeys, lockSigningKeys, releaseSigningKeys } from './keys.sql.ts'

/** What acts on keys ask of the mirror. */
export interface KeyMirror {
  /** Before a key is revoked: gets what lets us write there, while that key is still believed. Never fails. */
  readonly prepare: () => Promise<void>
  /** What is to be published now, whoever is at it. Answers in a minute, and what came of it. */
  readonly publishNow: () => Promise<PublicationStatus>
  readonly status: () => Promise<PublicationStatus>
}

/** Each of the keys that waited for this signs one lead from now on. @returns Their ids. */
export async function keysWereSeen(
  tx: Queryable,
  kids: readonly string[],
  leadSeconds: number,
): Promise<readonly string[]> {
  await lockSigningKeys(tx)
  const released = await releaseSigningKeys(tx, kids, leadSeconds)
  for (const { kid, signsFrom } of released)
    await audit(tx, 'signing_key.published', kid, { signsFrom: signsFrom.toISOString() })
  if (released.length > 0) await announceSigningKeys(tx)
  return released.map(({ kid }) => kid)
}

/** The next key waits until it is seen again. @returns Its id, if there was one. */
export async function keysAreUnseen(tx: Queryable): Promise<readonly string[]> {
  await lockSigningKeys(tx)
  const held = await holdSigningKeys(tx)
  for (const kid of held) await audit(tx, 'signing_key.held', kid)
  if (held.length > 0) await announceSigningKeys(tx)
  return held
}

function audit(tx: Queryable, action: string, target: string, details = {}): Promise<void> {
  return recordAudit(tx, { organizationId: null, actor: 'daypass', action, target, details })
}
