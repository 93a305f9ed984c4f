/**
 * Writes down every mint before its token leaves, many in one commit.
 *
 * A write that fails refuses all the mints in it, also when the database may have kept them: a record without a
 * token does no harm, a token without a record must not exist.
 */
import { gather } from '../db/gather.ts'
import type { MintPurpose } from './issuer.ts'

/** Whom a token was issued for, by ids. */
export interface OfDeployment {
  readonly organizationId: string
  readonly stackId: string
  readonly deploymentId: string
}

const NIL_UUID = '00000000-0000-0000-0000-000000000000'

/** The issuer's own tokens are of no deployment. */
export const NO_DEPLOYMENT: OfDeployment = {
  organizationId: NIL_UUID,
  stackId: NIL_UUID,
  deploymentId: NIL_UUID,
}

/** One row of the audit: what was said of whom, for whom, signed by which key. */
export interface MintRecord extends OfDeployment {
  readonly jti: string
  readonly kid: string
  readonly subject: string
  readonly audience: string
  readonly purpose: MintPurpose
  /** Seconds since 1970, as the claims `iat` and `exp`. */
  readonly issuedAtSeconds: number
  readonly expiresAtSeconds: number
}

/** The key was taken out of what is published: what it signs from then on must not leave. */
export class RetiredKeyError extends Error {
  constructor() {
    super('A token was signed with a key that was retired meanwhile.')
  }
}

/** Resolves when all of them are durable, and rejects when that is not known. */
export type WriteMints = (records: readonly MintRecord[]) => Promise<void>

/** Resolves when the record is durable. @throws when it may not be: its token must be dropped. */
export type RecordMint = (record: MintRecord) => Promise<void>

/** @param write Called with the mints that came while the last write was under way, in their order. */
export function mintRecorder(write: WriteMints): RecordMint {
  return gather(async (records: readonly MintRecord[]) => {
    await write(records)
    return records.map(() => undefined)
  })
}
