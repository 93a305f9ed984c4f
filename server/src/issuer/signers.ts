/** The holders that this server has. */
import type { Pkcs11Connection } from '../pkcs11/connection.ts'
import { databaseSigner } from './database-signer.ts'
import { pkcs11Signer } from './pkcs11-signer.ts'
import type { KeyHolder, Signers } from './signer.ts'

export function createSigners(options: {
  readonly newKeys: KeyHolder
  /** Undefined: this server has no token. */
  readonly pkcs11: Pkcs11Connection | undefined
  readonly randomBytes: (count: number) => Buffer
}): Signers {
  const holding = {
    database: databaseSigner,
    pkcs11: pkcs11Signer(options.pkcs11, options.randomBytes),
  }
  return { forNewKeys: holding[options.newKeys], holding }
}
