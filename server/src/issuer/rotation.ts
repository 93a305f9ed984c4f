/**
 * Rotation of the keys that sign: by hand, by schedule, and in an emergency.
 *
 * Owns: the acts and their records; every server hears of each when its transaction is committed. Does not own: what
 * is due when (lifecycle), how a key is made and opened (keys), nor the master key (../keys/rotation).
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { SigningKeyStatus } from '@daypass/contract/signing-keys.ts'
import { actorOf, type UserPrincipal } from '../access/principal.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { Outage } from '../outage.ts'
import { isRefusal } from '../refuse.ts'
import type { MasterKey } from '../secrets/master-key.ts'
import { destroyPrivateKey } from './destroy.ts'
import {
  announceSigningKeys,
  insertSigningKey,
  listSigningKeys,
  lockSigningKeys,
  type NewSigningKey,
  retireSigningKeys,
  type SigningKeyRow,
  signFromNow,
} from './keys.sql.ts'
import { makeSealedKey } from './keys.ts'
import { dueActs, followedAt, isUnpublished, type RotationTiming, retiresAt, statesOf } from './lifecycle.ts'
import type { KeyHolder, Signers } from './signer.ts'

export interface RotationServices {
  readonly db: Database
  readonly masterKey: MasterKey
  readonly signers: Signers
  readonly keyRotation: RotationTiming & {
    /** Seconds that relying parties may keep what they fetched. */
    readonly maxAgeSeconds: number
    /** Relying parties read a mirror: a key's lead begins when it was seen there. */
    readonly awaitsPublication: boolean
  }
}

/** For what the server does by itself. */
const DAYPASS = 'daypass'

export async function signingKeyStatus(services: RotationServices): Promise<SigningKeyStatus> {
  const { db, keyRotation, signers } = services
  return describe(await listSigningKeys(db), keyRotation, signers.forNewKeys.holder)
}

/** Makes the next key, which signs when it was published and every relying party has had the time to fetch it. */
export async function publishNextKey(
  services: RotationServices,
  caller: UserPrincipal,
): Promise<SigningKeyStatus | Refusal> {
  const { masterKey, signers, keyRotation } = services
  const key = await makeSealedKey(masterKey, signers.forNewKeys)
  const status = await withLockedKeys(services, async (tx, { rows, at }) => {
    const next = nextOf(statesOf(rows, at))
    if (next) return alreadyRotating(next)
    await publish(tx, key, leadOf(keyRotation), actorOf(caller))
    return undefined
  })
  if (isRefusal(status)) await drop(services, key)
  return status
}

/**
 * Takes a key out of what is published, at once. When it is the one that signs, the next one signs from now on, or a
 * new one that relying parties learn of only when they fetch again.
 */
export async function revokeKey(
  services: RotationServices,
  caller: UserPrincipal,
  kid: string,
): Promise<SigningKeyStatus | Refusal> {
  const { db, masterKey, signers } = services
  const first = await listSigningKeys(db)
  // Made before the keys are locked, and only if one is needed: a holder that is away keeps nobody from the others.
  const spare = signsAlone(first, kid) ? await makeSealedKey(masterKey, signers.forNewKeys) : undefined
  let isSpareUsed = false
  const status = await withLockedKeys(services, async (tx, keys) => {
    const states = statesOf(keys.rows, keys.at)
    const revoked = states.find(({ key }) => key.kid === kid)
    if (!revoked) return noSuchKey(kid)
    if (revoked.state === 'retired') return alreadyRetired(revoked.key)
    if (signsAlone(keys, kid) && !spare) return changedMeanwhile
    await retireSigningKeys(tx, [kid], 'revoked')
    await audit(tx, actorOf(caller), 'signing_key.revoked', kid, { was: revoked.state })
    const next = nextOf(states)
    if (revoked.state !== 'signing') return undefined
    if (next) await signFromNow(tx, next.kid)
    else if (spare) await publish(tx, spare, 0, actorOf(caller))
    isSpareUsed = next === undefined
    return undefined
  })
  if (spare && !isSpareUsed) await drop(services, spare)
  return status
}

/** Whether it signs, and no other is published that could. */
function signsAlone({ rows, at }: { rows: readonly SigningKeyRow[]; at: Date }, kid: string): boolean {
  const states = statesOf(rows, at)
  const isSigning = states.some(({ key, state }) => key.kid === kid && state === 'signing')
  return isSigning && nextOf(states) === undefined
}

/** Nobody was told of it. When its holder cannot be reached now, it stays there and signs nothing. */
async function drop(services: RotationServices, key: NewSigningKey): Promise<void> {
  await destroyPrivateKey(services, key).catch((error: unknown) => {
    if (!(error instanceof Outage)) throw error
  })
}

/** What the schedule and the deaths of tokens ask for. @returns Whether anything was done. */
export async function rotateWhatIsDue(services: RotationServices): Promise<boolean> {
  const { db, masterKey, signers, keyRotation } = services
  const due = async (tx: Queryable) => {
    const { rows, at } = await listSigningKeys(tx)
    return dueActs(rows, at, keyRotation)
  }
  const first = await due(db)
  if (!first.publishNext && first.retire.length === 0) return false
  const key = first.publishNext ? await makeSealedKey(masterKey, signers.forNewKeys) : undefined
  const done = await db.transaction(async (tx) => {
    await lockSigningKeys(tx)
    // Another server may have done it while we waited for the lock.
    const { publishNext, retire } = await due(tx)
    if (key && publishNext) await publish(tx, key, leadOf(keyRotation), DAYPASS)
    if (retire.length > 0) {
      await retireSigningKeys(tx, retire, 'superseded')
      for (const kid of retire) await audit(tx, DAYPASS, 'signing_key.retired', kid)
    }
    await announceSigningKeys(tx)
    return { publishNext, retire }
  })
  if (key && !done.publishNext) await drop(services, key)
  return done.publishNext || done.retire.length > 0
}

/** The key that will sign after this one. */
function nextOf(states: ReturnType<typeof statesOf<SigningKeyRow>>): SigningKeyRow | undefined {
  return states.find(({ state }) => state === 'next' || state === 'unpublished')?.key
}

/** Null: its lead begins when it was seen at the mirror. */
function leadOf({ awaitsPublication, leadSeconds }: RotationServices['keyRotation']): number | null {
  return awaitsPublication ? null : leadSeconds
}

async function withLockedKeys(
  { db, keyRotation, signers }: RotationServices,
  act: (tx: Queryable, keys: { rows: SigningKeyRow[]; at: Date }) => Promise<Refusal | undefined>,
): Promise<SigningKeyStatus | Refusal> {
  return db.transaction(async (tx) => {
    await lockSigningKeys(tx)
    const refusal = await act(tx, await listSigningKeys(tx))
    if (refusal) return refusal
    await announceSigningKeys(tx)
    return describe(await listSigningKeys(tx), keyRotation, signers.forNewKeys.holder)
  })
}

async function publish(
  tx: Queryable,
  key: NewSigningKey,
  leadSeconds: number | null,
  actor: string,
): Promise<void> {
  const signsFrom = await insertSigningKey(tx, key, leadSeconds)
  if (leadSeconds === null) return audit(tx, actor, 'signing_key.made', key.kid)
  await audit(tx, actor, 'signing_key.published', key.kid, { signsFrom: signsFrom.toISOString() })
}

function audit(tx: Queryable, actor: string, action: string, target: string, details = {}): Promise<void> {
  return recordAudit(tx, { organizationId: null, actor, action, target, details })
}

function describe(
  { rows, at }: { readonly rows: readonly SigningKeyRow[]; readonly at: Date },
  timing: RotationServices['keyRotation'],
  newKeysHeldBy: KeyHolder,
): SigningKeyStatus {
  return {
    at: at.toISOString(),
    maxAgeSeconds: timing.maxAgeSeconds,
    leadSeconds: timing.leadSeconds,
    newKeysHeldBy,
    keys: statesOf(rows, at).map(({ key, state, successor }) => {
      const followed = state === 'signing' ? followedAt(key, timing) : undefined
      return {
        kid: key.kid,
        state,
        publishedAt: key.createdAt.toISOString(),
        ...(!isUnpublished(key) && { signsFrom: key.signsFrom.toISOString() }),
        ...(followed && { followedAt: followed.toISOString() }),
        ...(successor && { retiresAt: retiresAt(successor).toISOString() }),
        ...(key.sealedPrivateKey && { heldBy: key.heldBy }),
        ...(key.retiredAt && { retiredAt: key.retiredAt.toISOString() }),
        ...(key.retiredBecause && { retiredBecause: key.retiredBecause }),
      }
    }),
  }
}

function alreadyRotating(next: SigningKeyRow): Refusal {
  const isSeen = !isUnpublished(next)
  return {
    status: 409,
    reason: 'rotation_in_progress',
    message: isSeen
      ? `The next key, ${next.kid}, is published already and signs from ${next.signsFrom.toISOString()}. Wait until it does, or revoke it.`
      : `The next key, ${next.kid}, was not seen yet where keys are published: \`daypass issuer keys\` says why. Wait until it is, or revoke it.`,
  }
}

const changedMeanwhile: Refusal = {
  status: 409,
  reason: 'signing_keys_changed',
  message: 'The keys were changed by somebody else at this moment. Try again.',
}

function noSuchKey(kid: string): Refusal {
  return {
    status: 404,
    reason: 'signing_key_not_found',
    message: `There is no signing key ${JSON.stringify(kid)}. \`daypass issuer keys\` lists them.`,
  }
}

function alreadyRetired({ kid, retiredAt, retiredBecause }: SigningKeyRow): Refusal {
  return {
    status: 409,
    reason: 'signing_key_retired',
    message: `The signing key ${kid} is published no more since ${retiredAt?.toISOString()} (${retiredBecause}).`,
  }
}
