/** The holders that this server has. */
import { databaseSigner } from './database-signer.ts'
import type { Signers } from './signer.ts'

export const IN_DATABASE: Signers = {
  forNewKeys: databaseSigner,
  holding: { database: databaseSigner },
}
