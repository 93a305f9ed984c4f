/** What a server is for its mirror: a database, an issuer with real keys, and the acts on them. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { SigningKeyStatus } from '@daypass/contract/signing-keys.ts'
import type { UserPrincipal } from '../../server/src/access/principal.ts'
import { createKeyRing } from '../../server/src/issuer/keys.ts'
import { createIssuer } from '../../server/src/issuer/mint.ts'
import { insertMints } from '../../server/src/issuer/record.sql.ts'
import { mintRecorder } from '../../server/src/issuer/record.ts'
import { type ReloadableIssuer, reloadableIssuer } from '../../server/src/issuer/reloadable.ts'
import { type RotationServices, signingKeyStatus } from '../../server/src/issuer/rotation.ts'
import { createSigners } from '../../server/src/issuer/signers.ts'
import { type MirrorDocuments, mirrorDocuments } from '../../server/src/mirror/mirror.ts'
import { type Publisher, startPublisher } from '../../server/src/mirror/publisher.ts'
import { readMirrorTarget } from '../../server/src/mirror/target.ts'
import { openMasterKey } from '../../server/src/secrets/master-key.ts'
import type { TestDatabase } from './database.ts'

export const ADMIN: UserPrincipal = {
  kind: 'user',
  userId: randomUUID(),
  login: 'alice',
  name: 'Alice',
  email: '',
  siteAdmin: true,
  memberships: [],
}

export interface MirroredServer extends ReloadableIssuer {
  readonly publisher: Publisher
  readonly services: RotationServices
  readonly status: () => Promise<SigningKeyStatus>
  readonly states: () => Promise<string[]>
  /** Sentences that it logged. */
  readonly logged: string[]
}

export const LEAD_SECONDS = 600
const masterKey = await openMasterKey(
  { kind: 'value', value: randomBytes(32).toString('base64') },
  randomBytes,
)

export interface MirrorOptions {
  readonly issuerUrl: string
  /** As `--publish-keys-to` says it. */
  readonly target: string
  /** Called before anything is published. */
  readonly before?: (documents: MirrorDocuments) => void
}

export async function startMirrored(
  { db }: TestDatabase,
  { issuerUrl, target, before = () => {} }: MirrorOptions,
): Promise<MirroredServer> {
  const keyRotation = {
    everySeconds: undefined,
    leadSeconds: LEAD_SECONDS,
    maxAgeSeconds: 300,
    awaitsPublication: true,
  }
  const signers = createSigners({ newKeys: 'database', pkcs11: undefined, randomBytes })
  const services: RotationServices = { db, masterKey, signers, keyRotation }
  const random = { now: () => new Date(), randomUuid: randomUUID }
  const record = mintRecorder((mints) => insertMints(db, mints))
  const reloadable = await reloadableIssuer(createKeyRing(services), (keys) =>
    createIssuer({ issuerUrl, keys, record, ...random }),
  )
  before(mirrorDocuments(reloadable.issuer, keyRotation.maxAgeSeconds))
  const logged: string[] = []
  const log = (_details: object, message: string): void => void logged.push(message)
  const publisher = await startPublisher({
    ...random,
    db,
    issuer: reloadable.issuer,
    reloadSigningKeys: reloadable.reload,
    target: readMirrorTarget(target),
    issuerUrl,
    keyRotation,
    fetch: globalThis.fetch,
    random: () => 0.5,
    log: { info: log, warn: log, error: log },
  })
  const status = () => signingKeyStatus(services)
  return {
    ...reloadable,
    publisher,
    services,
    logged,
    status,
    states: async () => (await status()).keys.map(({ state }) => state),
  }
}
