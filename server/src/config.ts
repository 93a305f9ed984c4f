/**
 * What the server is started with: flags and environment variables, checked once. A bad one stops the start with a
 * sentence that names it.
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Static, type TSchema, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { isReservedName, NAME_PATTERN } from './access/name.ts'
import type { TlsFiles } from './http/tls.ts'
import { KEY_HELP, KEY_OPTIONS, type KeyConfig, readKeys } from './key-flags.ts'
import { RETENTION_HELP, RETENTION_OPTIONS, type RetentionConfig, readRetention } from './retention-flags.ts'
import type { MasterKeySource } from './secrets/master-key.ts'
import { readSigner, SIGNER_HELP, SIGNER_OPTIONS, type SignerConfig } from './signer-flags.ts'
import { StartRefusal } from './start-refusal.ts'
import type { StateLimits } from './state/limits.ts'
import type { StateRetention } from './state/retention.ts'

export interface Config extends KeyConfig, RetentionConfig {
  readonly listenHost: string
  /** 0: any free one. */
  readonly port: number
  /** Undefined: plain HTTP, for a proxy in front or for this machine alone. */
  readonly tls: TlsFiles | undefined
  /** The one address of this installation, without a trailing slash; may have a path. */
  readonly baseUrl: string
  /** The `iss` of every token, without a trailing slash. */
  readonly issuerUrl: string
  readonly signer: SignerConfig
  readonly dataFolder: string
  /** Undefined: the embedded PostgreSQL, in the data folder. */
  readonly databaseUrl: string | undefined
  readonly masterKey: MasterKeySource
  /** Where the first admin's token goes. Undefined: to the terminal. */
  readonly adminTokenFile: string | undefined
  /** Make another token for the first admin, who has lost theirs. */
  readonly newAdminToken: boolean
  readonly organizationName: string
  readonly adminLogin: string
  /** Which old states are kept; nothing said: all. */
  readonly stateRetention: StateRetention
  readonly stateLimits: StateLimits
  /** Where the token goes of the runner that starts together with the server. */
  readonly runnerTokenFd: number | undefined
  /** A Unix socket for that runner, beside the port. */
  readonly runnerSocket: string | undefined
  /** How long a deployment waits for whoever else holds its stack. */
  readonly stackWaitSeconds: number
  /** Wrong tokens of one address that are answered; more are told to wait. 0: no limit. */
  readonly failedLoginsPerMinute: number
  /** Webhooks may go to addresses that are not on the public internet. */
  readonly allowPrivateWebhooks: boolean
  /** Issuers whose tokens are taken for logins may be at private addresses, and there over http. */
  readonly allowPrivateOidcIssuers: boolean
  /** Git hosts may be at private addresses, and there over http. */
  readonly allowPrivateGitHosts: boolean
  /** Undefined: no metrics. */
  readonly metricsPort: number | undefined
  readonly metricsHost: string
  readonly logLevel: LogLevel
}

const LogLevel = Type.Union([
  Type.Literal('silent'),
  Type.Literal('error'),
  Type.Literal('warn'),
  Type.Literal('info'),
  Type.Literal('debug'),
])
type LogLevel = Static<typeof LogLevel>

const OPTIONS = {
  port: { type: 'string' },
  host: { type: 'string' },
  data: { type: 'string' },
  'tls-cert': { type: 'string' },
  'tls-key': { type: 'string' },
  'base-url': { type: 'string' },
  'issuer-url': { type: 'string' },
  ...KEY_OPTIONS,
  ...SIGNER_OPTIONS,
  'org-name': { type: 'string' },
  'admin-login': { type: 'string' },
  'admin-token-file': { type: 'string' },
  'new-admin-token': { type: 'boolean' },
  'keep-state-versions': { type: 'string' },
  'keep-state-days': { type: 'string' },
  ...RETENTION_OPTIONS,
  'largest-state-mb': { type: 'string' },
  'largest-event-batch-mb': { type: 'string' },
  'largest-update-events-mb': { type: 'string' },
  'runner-token-fd': { type: 'string' },
  'runner-socket': { type: 'string' },
  'stack-wait-seconds': { type: 'string' },
  'failed-logins-per-minute': { type: 'string' },
  'allow-private-webhooks': { type: 'boolean' },
  'allow-private-oidc-issuers': { type: 'boolean' },
  'allow-private-git-hosts': { type: 'boolean' },
  'metrics-port': { type: 'string' },
  'metrics-host': { type: 'string' },
  'log-level': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

export const HELP = `Usage: node server/src/main.ts [options]

  --port <number>            where to listen (8080; 0 for any free port)
  --host <address>           on which address (127.0.0.1)
  --tls-cert <file>          speak https with this certificate (PEM, with those that lead to its authority)
  --tls-key <file>           and its key; both are read again when they change
  --base-url <url>           the address by which people and runners reach this server (http://<host>:<port>)
  --issuer-url <url>         the issuer of the tokens that jobs get (<base URL>/oidc)
${KEY_HELP}${SIGNER_HELP}  --data <folder>            where everything is kept (DAYPASS_DATA, or the user's data folder)
  --org-name <name>          the organization that the first start makes (main)
  --admin-login <name>       its first admin (admin)
  --admin-token-file <file>  write the first admin's access token there, mode 0600, instead of showing it
  --new-admin-token          make another access token for the first admin, for one that was lost
  --keep-state-versions <n>  keep the newest n states of each stack; older ones are deleted (all are kept)
  --keep-state-days <days>   keep states as long as this; with both, a state stays while one of the two keeps it
${RETENTION_HELP}  --largest-state-mb <n>     refuse a state, or a request of a journal, that is larger (200)
  --largest-event-batch-mb <n>
                             refuse a batch of an update's events that is larger (20)
  --largest-update-events-mb <n>
                             keep so much of the events of an update, or of all updates of a deployment (256)
  --runner-token-fd <number> write the token of a runner that starts together with the server to this descriptor
  --stack-wait-seconds <n>   how long a deployment waits for somebody else who updates its stack (600)
  --runner-socket <path>     listen for that runner on this Unix socket too; its folder must be private
  --failed-logins-per-minute <n>
                             answer so many wrong tokens of one address, and tell more of them to wait (60; 0: no limit)
  --allow-private-webhooks   let webhooks go to addresses that are not on the public internet
  --allow-private-oidc-issuers
                             take logins by tokens of issuers that are not on the public internet, also over http
  --allow-private-git-hosts  speak to git hosts that are not on the public internet, also over http
  --metrics-port <number>    answer GET /metrics for Prometheus on this port (off)
  --metrics-host <address>   on which address, without a token (127.0.0.1)
  --log-level <level>        silent, error, warn, info or debug (info)

Environment:
  DATABASE_URL               use this PostgreSQL (15 or newer) instead of the one that Daypass brings along
  DAYPASS_DATA               the data folder
  DAYPASS_MASTER_KEY         the key that encrypts all others: 32 bytes in base64 (a file in the data folder)
  DAYPASS_MASTER_KEY_COMMAND a command that prints it
`

export type Environment = Readonly<Record<string, string | undefined>>

/** @returns The configuration, or 'help' when that was asked for. @throws {StartRefusal} */
export function readConfig(args: readonly string[], env: Environment, platform: string): Config | 'help' {
  const flags = readFlags(args)
  if (flags.help === true) return 'help'
  const listenHost = flags.host ?? '127.0.0.1'
  const port = check(
    '--port',
    Type.Integer({ minimum: 0, maximum: 65_535 }),
    'a number from 0 to 65535',
    flags.port,
    8080,
  )
  const tls = readTlsFiles(flags)
  const ownUrl = `${tls === undefined ? 'http' : 'https'}://${listenHost.includes(':') ? `[${listenHost}]` : listenHost}:${port}`
  const baseUrl = readUrl('--base-url', flags['base-url'] ?? ownUrl)
  const issuerUrl = readUrl('--issuer-url', flags['issuer-url'] ?? `${baseUrl}/oidc`)
  const dataFolder = resolve(flags.data ?? env['DAYPASS_DATA'] ?? usersDataFolder(env, platform))
  return {
    listenHost,
    port,
    tls,
    baseUrl,
    issuerUrl,
    ...readKeys(flags, { isOurs: `${issuerUrl}/`.startsWith(`${baseUrl}/`) }),
    signer: readSigner(flags, env),
    dataFolder,
    databaseUrl: readDatabaseUrl(env['DATABASE_URL']),
    masterKey: readMasterKey(env, dataFolder),
    adminTokenFile: flags['admin-token-file'] === undefined ? undefined : resolve(flags['admin-token-file']),
    newAdminToken: flags['new-admin-token'] ?? false,
    organizationName: readName('--org-name', flags['org-name'] ?? 'main'),
    adminLogin: readName('--admin-login', flags['admin-login'] ?? 'admin'),
    stateRetention: {
      keepVersions: readKeep('--keep-state-versions', flags['keep-state-versions']),
      keepDays: readKeep('--keep-state-days', flags['keep-state-days']),
    },
    ...readRetention(flags),
    stateLimits: {
      stateBytes: readMegabytes('--largest-state-mb', flags['largest-state-mb'], 200, 1_000),
      eventBatchBytes: readMegabytes('--largest-event-batch-mb', flags['largest-event-batch-mb'], 20, 200),
      updateEventsBytes: readMegabytes(
        '--largest-update-events-mb',
        flags['largest-update-events-mb'],
        256,
        100_000,
      ),
    },
    runnerSocket: flags['runner-socket'],
    runnerTokenFd: check(
      '--runner-token-fd',
      Type.Optional(Type.Integer({ minimum: 3, maximum: 1023 })),
      'the number of an open descriptor, 3 or more',
      flags['runner-token-fd'],
      undefined,
    ),
    stackWaitSeconds: check(
      '--stack-wait-seconds',
      Type.Integer({ minimum: 0, maximum: 3600 }),
      'a number from 0 to 3600',
      flags['stack-wait-seconds'],
      600,
    ),
    failedLoginsPerMinute: check(
      '--failed-logins-per-minute',
      Type.Integer({ minimum: 0, maximum: 100_000 }),
      'a number from 0 to 100000',
      flags['failed-logins-per-minute'],
      60,
    ),
    allowPrivateWebhooks: flags['allow-private-webhooks'] ?? false,
    allowPrivateOidcIssuers: flags['allow-private-oidc-issuers'] ?? false,
    allowPrivateGitHosts: flags['allow-private-git-hosts'] ?? false,
    metricsPort: check(
      '--metrics-port',
      Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
      'a number from 1 to 65535',
      flags['metrics-port'],
      undefined,
    ),
    metricsHost: flags['metrics-host'] ?? '127.0.0.1',
    logLevel: check(
      '--log-level',
      LogLevel,
      'silent, error, warn, info or debug',
      flags['log-level'],
      'info',
    ),
  }
}

function readTlsFiles(flags: ReturnType<typeof readFlags>): TlsFiles | undefined {
  const { 'tls-cert': certificate, 'tls-key': key } = flags
  if (certificate === undefined && key === undefined) return undefined
  if (certificate === undefined || key === undefined)
    throw new StartRefusal('--tls-cert and --tls-key go together: give both.')
  return { certificate: resolve(certificate), key: resolve(key) }
}

/** The address for a port that was chosen later. */
export function withPort(config: Config, port: number): Config {
  const at = (url: string): string => url.replace(/^(https?:\/\/[^/]+):0(?=\/|$)/, `$1:${port}`)
  return { ...config, port, baseUrl: at(config.baseUrl), issuerUrl: at(config.issuerUrl) }
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values
  } catch (error) {
    const sentence = (error instanceof Error ? error.message : String(error)).split(/\. |\n/)[0]
    throw new StartRefusal(`${sentence}. See --help.`)
  }
}

function check<Schema extends TSchema, Default>(
  flag: string,
  schema: Schema,
  wanted: string,
  given: string | undefined,
  fallback: Default,
): Static<Schema> | Default {
  if (given === undefined) return fallback
  const validator = Compile(schema)
  const value = /^\d{1,6}$/.test(given) ? Number(given) : given
  if (!validator.Check(value))
    throw new StartRefusal(`${flag} must be ${wanted}, not ${JSON.stringify(given)}.`)
  return value as Static<Schema>
}

/** A century of days, and more versions than a stack gets in one. */
function readKeep(flag: string, given: string | undefined): number | undefined {
  const schema = Type.Integer({ minimum: 1, maximum: 36_500 })
  return check(flag, schema, 'a number from 1 to 36500', given, undefined)
}

/** @returns Bytes. */
function readMegabytes(flag: string, given: string | undefined, fallback: number, maximum: number): number {
  const schema = Type.Integer({ minimum: 1, maximum })
  return check(flag, schema, `a number from 1 to ${maximum}`, given, fallback) * 1024 * 1024
}

function readUrl(flag: string, given: string): string {
  const refusal = (what: string) => new StartRefusal(`${flag} ${what}, not ${JSON.stringify(given)}.`)
  const url = URL.canParse(given) ? new URL(given) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw refusal('must be an http or https URL')
  if (url.username !== '' || url.password !== '' || /[?#]/.test(given)) {
    throw refusal('must have no user, query or fragment')
  }
  const path = url.pathname.replace(/\/$/, '')
  if (!/^(?:\/[A-Za-z0-9._~-]+)*$/.test(path)) throw refusal('must have a plain path')
  return url.origin + path
}

function readName(flag: string, given: string): string {
  if (!NAME_PATTERN.test(given)) {
    throw new StartRefusal(
      `${flag} must have 3 to 40 lower-case letters, digits, "-" and "_", not ${JSON.stringify(given)}.`,
    )
  }
  if (isReservedName(given)) throw new StartRefusal(`${flag} ${JSON.stringify(given)} is a reserved name.`)
  return given
}

/** The value is not repeated: it may hold a password. */
function readDatabaseUrl(given: string | undefined): string | undefined {
  if (given === undefined || given === '') return undefined
  if (!/^postgres(?:ql)?:\/\//.test(given)) {
    throw new StartRefusal(
      'DATABASE_URL must begin with postgresql:// (unset it to use the PostgreSQL of Daypass).',
    )
  }
  return given
}

function readMasterKey(env: Environment, dataFolder: string): MasterKeySource {
  const value = env['DAYPASS_MASTER_KEY']
  const command = env['DAYPASS_MASTER_KEY_COMMAND']
  if (value && command) {
    throw new StartRefusal('Set DAYPASS_MASTER_KEY or DAYPASS_MASTER_KEY_COMMAND, not both.')
  }
  if (value) return { kind: 'value', value }
  if (command) return { kind: 'command', command }
  return { kind: 'file', path: join(dataFolder, 'master-key') }
}

function usersDataFolder(env: Environment, platform: string): string {
  const given = env['XDG_DATA_HOME']
  if (given) return join(given, 'daypass')
  const home = env['HOME']
  if (!home) throw new StartRefusal('There is no home folder here: say with --data where everything is kept.')
  return platform === 'darwin'
    ? join(home, 'Library', 'Application Support', 'daypass')
    : join(home, '.local', 'share', 'daypass')
}
