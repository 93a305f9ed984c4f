/**
 * Keeps the keys of this server as the database has them, and does what their schedule asks for.
 *
 * A notification tells of an act on another server at once. Time passes without one: the next key signs when its time
 * has come, so the rows are also read anew every few seconds, far below the margin of LATE_SERVER_SECONDS. That is a row or two,
 * and a key that is as it was is not opened again.
 */
import type { Listener } from '../db/listen.ts'
import { type Sweep, startSweep } from '../sweep.ts'
import { destroyRetiredKeys } from './destroy.ts'
import { SIGNING_KEYS_CHANNEL } from './keys.sql.ts'
import { type RotationServices, rotateWhatIsDue } from './rotation.ts'

/** Tests with a lead of seconds need a sweep of a second; nobody else has one so short. */
const SLOWEST_SWEEP_SECONDS = 15

export interface RotationSweepServices extends RotationServices {
  readonly listener: Listener
  readonly reloadSigningKeys: () => Promise<void>
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
}

export function startKeyRotation(services: RotationSweepServices): Sweep {
  const { listener, reloadSigningKeys, keyRotation, log } = services
  const reload = (): Promise<void> =>
    reloadSigningKeys().catch((error: unknown) =>
      log.error({ err: error }, 'The signing keys could not be read anew; trying again.'),
    )
  const unsubscribe = listener.subscribe(SIGNING_KEYS_CHANNEL, () => void reload())

  async function sweep(): Promise<void> {
    try {
      if (await rotateWhatIsDue(services)) log.info({}, 'The signing keys were rotated by their schedule.')
    } catch (error) {
      log.error({ err: error }, 'The rotation of the signing keys failed; trying again.')
    }
    await reload()
    await destroyRetiredKeys(services).catch((error: unknown) =>
      log.error({ err: error }, 'A retired signing key could not be destroyed; trying again.'),
    )
  }

  const sweeps = startSweep(sweep, Math.min(SLOWEST_SWEEP_SECONDS, keyRotation.leadSeconds / 2))
  return {
    stop() {
      unsubscribe()
      return sweeps.stop()
    },
  }
}
