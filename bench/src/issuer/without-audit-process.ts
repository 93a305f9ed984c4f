/**
 * Our server with a recorder that writes nothing, to see what the audit costs. It shares the database, the keys and
 * the running jobs of the real server beside it; no option of the server can do this. It prints where it listens.
 *
 * Arguments: the database's URL, the data folder of the real server, a free port.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { tokenLookup } from '../../../server/src/access/token-lookup.ts'
import { buildApp } from '../../../server/src/app.ts'
import { readConfig } from '../../../server/src/config.ts'
import { openDatabase } from '../../../server/src/db/database.ts'
import { openListener } from '../../../server/src/db/listen.ts'
import { nothingConnected } from '../../../server/src/deployments/linked-repository.ts'
import { createLog } from '../../../server/src/http/logger.ts'
import { databaseReadiness } from '../../../server/src/http/readiness.ts'
import { createKeyRing } from '../../../server/src/issuer/keys.ts'
import { createIssuer } from '../../../server/src/issuer/mint.ts'
import { createSigners } from '../../../server/src/issuer/signers.ts'
import { createMetrics } from '../../../server/src/metrics/metrics.ts'
import { openMasterKey } from '../../../server/src/secrets/master-key.ts'
import { createOrganizationSecrets, createStackSecrets } from '../../../server/src/secrets/stack-secrets.ts'

const MIGRATIONS = join(import.meta.dirname, '../../../server/migrations')

const [databaseUrl = '', dataFolder = '', port = ''] = process.argv.slice(2)
const flags = ['--data', dataFolder, '--port', port, '--log-level', 'error']
const config = readConfig(flags, { DATABASE_URL: databaseUrl }, process.platform)
if (config === 'help') throw new Error('Nobody asked for help.')

const log = createLog(config.logLevel, process.stderr)
const connection = { kind: 'url', url: databaseUrl } as const
const db = openDatabase(connection, { poolSize: 20 })
const listener = await openListener(connection, log)
const masterKey = await openMasterKey(config.masterKey, randomBytes)
const random = { now: () => new Date(), randomBytes, randomUuid: randomUUID }
const signers = createSigners({ newKeys: 'database', pkcs11: undefined, randomBytes })
const issuer = createIssuer({
  issuerUrl: config.issuerUrl,
  keys: await createKeyRing({ db, masterKey, signers }).load(),
  record: async () => {},
  ...random,
})
const app = await buildApp({
  ...random,
  config,
  log,
  db,
  listener,
  tokens: tokenLookup(db, random.now),
  readiness: databaseReadiness(db, MIGRATIONS),
  secrets: createStackSecrets(masterKey, randomBytes),
  organizationSecrets: createOrganizationSecrets(masterKey, randomBytes),
  post: async () => ({ kind: 'aborted' }),
  fetchDocument: () => Promise.reject(new Error('nothing is fetched here')),
  hostApi: { fetch: () => Promise.reject(new Error('nothing is asked here')), now: random.now },
  metrics: createMetrics({ withProcess: false }),
  linked: nothingConnected,
  masterKey,
  headPublicKeys: [],
  issuer,
  signers,
  reloadSigningKeys: async () => {},
})
await app.listen({ host: config.listenHost, port: config.port })
console.log(config.baseUrl)
