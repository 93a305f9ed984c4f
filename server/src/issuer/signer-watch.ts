/**
 * Whether the key that signs can be used now, when another process or machine holds it.
 *
 * A signature is asked for every few seconds, which is also how a holder that comes back is found. Owns: what the last
 * one has shown. Does not own: how long a holder may take (pkcs11/connection).
 */
import { Outage } from '../outage.ts'
import { type Sweep, startSweep } from '../sweep.ts'
import type { Issuer } from './issuer.ts'

const SECONDS = 5

export interface SignerWatch extends Sweep {
  /** For everybody to read, as an outage's sentence is. */
  whyNotReady(): string | undefined
}

export function watchSigner(services: {
  readonly issuer: Issuer
  readonly log: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
}): SignerWatch {
  const { issuer, log } = services
  let trouble: string | undefined
  let logged: string | undefined

  async function look(): Promise<void> {
    try {
      await issuer.proveSigner()
      if (trouble !== undefined) log.info({}, 'The key that signs tokens can be used again.')
      trouble = undefined
      logged = undefined
    } catch (error) {
      // Once for each reason: the first sign of a token that was pulled out is a key that is missing.
      const why = String(error)
      if (why !== logged) log.error({ err: error }, 'No token can be issued; trying again.')
      logged = why
      trouble = error instanceof Outage ? error.sentence : 'The key that signs tokens cannot be used.'
    }
  }

  return { ...startSweep(look, SECONDS), whyNotReady: () => trouble }
}
