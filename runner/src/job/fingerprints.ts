/**
 * Lets the server recognize the job's credentials without knowing them.
 *
 * The `pulumi` of the job posts engine events straight to the server, past the log that the runner redacts. For each form
 * in which a credential may turn up there, the server gets a keyed fingerprint: 32 bits of a hash to find candidates
 * by, and a MAC of the whole to be sure with. Nobody gets a credential back from them: those that clouds grant have far
 * more than 128 bits of chance in them. Values of the user's own may have few, and have no fingerprints.
 */
import { createHmac } from 'node:crypto'
import { ANCHOR_LENGTH, anchorOf } from '@daypass/contract/anchor.ts'
import type { FingerprintReport } from '@daypass/contract/job-protocol.ts'
import { untilAnswered } from '../control-plane.ts'
import type { StepContext } from './context.ts'
import { type Failure, failure } from './failure.ts'
import { formsOf } from './secret-forms.ts'

/** What a cloud grants is longer; what is shorter (an access key's id) is a name and no secret. */
const SHORTEST_CREDENTIAL = 32

/** One for the whole job: the server looks for all that has the same in one pass, however often credentials are renewed. */
export interface FingerprintKey {
  /** Odd, and with a high bit, so that every letter of the window reaches every bit of the hash. */
  readonly multiplier: number
  readonly macKey: Buffer
}

export function newFingerprintKey(randomBytes: (count: number) => Buffer): FingerprintKey {
  return { multiplier: (randomBytes(4).readUInt32BE(0) | 0x8000_0001) >>> 0, macKey: randomBytes(32) }
}

export function fingerprintsOf(
  credentials: readonly string[],
  { multiplier, macKey }: FingerprintKey,
): FingerprintReport | undefined {
  const forms = new Set(
    credentials.filter((credential) => credential.length >= SHORTEST_CREDENTIAL).flatMap(formsOf),
  )
  const long = [...forms].filter((form) => form.length >= ANCHOR_LENGTH)
  if (long.length === 0) return undefined
  return {
    multiplier,
    key: macKey.toString('hex'),
    fingerprints: long.map((form) => ({
      anchor: anchorOf(form, multiplier),
      length: form.length,
      mac: createHmac('sha256', macKey).update(form).digest('hex'),
    })),
  }
}

/** Before any step has the credentials. Undefined when the server has the fingerprints, or there are none. */
export async function tellFingerprints(
  {
    plane,
    services,
    supervision,
    fingerprintKey,
  }: Pick<StepContext, 'plane' | 'services' | 'supervision' | 'fingerprintKey'>,
  credentials: readonly string[],
): Promise<Failure | undefined> {
  const report = fingerprintsOf(credentials, fingerprintKey)
  if (!report) return undefined
  const over = supervision.leaseLost
  const answer = await untilAnswered(() => plane.fingerprints(report, over), over, services.pause)
  if (answer.kind === 'ok') return undefined
  const reason = answer.kind === 'away' ? answer.reason : answer.sentence
  return failure(
    'identity_refused',
    `The server does not take the fingerprints of the credentials: ${reason}`,
  )
}
