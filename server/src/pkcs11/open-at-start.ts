/** The token of a server that starts. */
import type { Logger } from 'pino'
import { StartRefusal } from '../start-refusal.ts'
import { connectPkcs11, type Pkcs11Connection, type Pkcs11Options } from './connection.ts'
import { TokenError } from './protocol.ts'

/**
 * What may be over in a moment does not stop the start: the rest of the server works.
 *
 * @param options Undefined: the server has none.
 * @param closers What is to be done when the server stops.
 * @throws {StartRefusal} for what only a person can mend.
 */
export async function openAtStart(
  options: Pkcs11Options | undefined,
  closers: (() => Promise<void> | void)[],
  log: Pick<Logger, 'error'>,
): Promise<Pkcs11Connection | undefined> {
  if (!options) return undefined
  const token = connectPkcs11(options)
  closers.push(() => token.stop())
  try {
    await token.open()
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    if (error.code !== 'unavailable') throw new StartRefusal(error.message)
    log.error({ err: error }, 'The PKCS #11 token cannot be used; trying again.')
  }
  return token
}
