/** The flags that say who holds the keys that sign tokens. */
import { resolve } from 'node:path'
import type { KeyHolder } from './issuer/signer.ts'
import type { Pkcs11Options } from './pkcs11/connection.ts'
import { StartRefusal } from './start-refusal.ts'

export interface SignerConfig {
  /** Who makes the keys that are yet to come. */
  readonly newKeys: KeyHolder
  /** The token that holds keys, whether or not new ones are made there. */
  readonly pkcs11: Pkcs11Options | undefined
}

export const SIGNER_OPTIONS = {
  signer: { type: 'string' },
  'pkcs11-module': { type: 'string' },
  'pkcs11-token': { type: 'string' },
  'pkcs11-pin-file': { type: 'string' },
} as const

export const SIGNER_HELP = `  --signer <holder>          who makes and holds the next keys: database, or pkcs11 for a token that never gives them
                             out (database)
  --pkcs11-module <file>     the PKCS #11 library of that token
  --pkcs11-token <label>     its label
  --pkcs11-pin-file <file>   holds its user's PIN, mode 0600
`

/** Ours, and those that make Node.js load something: a module's process needs none of them. */
const WITHHELD = /^(?:DAYPASS_|PULUMI_|PG|DATABASE_URL$|NODE_(?!COMPILE_CACHE$))/

/** @throws {StartRefusal} */
export function readSigner(
  given: Readonly<Partial<Record<keyof typeof SIGNER_OPTIONS, string>>>,
  env: Readonly<Record<string, string | undefined>>,
): SignerConfig {
  const { signer, 'pkcs11-module': module, 'pkcs11-token': token, 'pkcs11-pin-file': pinFile } = given
  if (signer !== undefined && signer !== 'database' && signer !== 'pkcs11') {
    throw new StartRefusal(`--signer must be database or pkcs11, not ${JSON.stringify(signer)}.`)
  }
  if (module === undefined && token === undefined && pinFile === undefined && signer !== 'pkcs11') {
    return { newKeys: 'database', pkcs11: undefined }
  }
  if (!module || !token || !pinFile) {
    throw new StartRefusal(
      'A PKCS #11 token needs all of --pkcs11-module, --pkcs11-token and --pkcs11-pin-file.',
    )
  }
  if (signer === undefined) {
    throw new StartRefusal(
      'Say with --signer who makes the next keys: pkcs11, or database, while the token goes on signing with those that it has.',
    )
  }
  if (Buffer.byteLength(token) > 32) {
    throw new StartRefusal(`--pkcs11-token must have at most 32 bytes, not ${JSON.stringify(token)}.`)
  }
  const environment = Object.fromEntries(Object.entries(env).filter(([name]) => !WITHHELD.test(name)))
  return {
    newKeys: signer,
    pkcs11: { module: resolve(module), token, pinFile: resolve(pinFile), environment },
  }
}
