import { describe, expect, test } from 'vitest'
import { HELP, readConfig, withPort } from './config.ts'

const env = { HOME: '/home/alice' }

describe('a bad value is a sentence that names it', () => {
  const cases: [flags: string[], env: Record<string, string>, sentence: string | RegExp][] = [
    [['--port', '70000'], env, '--port must be a number from 0 to 65535, not "70000".'],
    [['--port', '80a'], env, '--port must be a number from 0 to 65535, not "80a".'],
    [['--port', ''], env, '--port must be a number from 0 to 65535, not "".'],
    [['--prot', '1'], env, "Unknown option '--prot'. See --help."],
    [['--port'], env, /--port.*See --help\.$/],
    [['start'], env, /'start'.*See --help\.$/],
    [['--base-url', 'ftp://x'], env, '--base-url must be an http or https URL, not "ftp://x".'],
    [['--base-url', 'example.com'], env, /^--base-url must be an http or https URL/],
    [['--base-url', 'http://x/?a'], env, /^--base-url must have no user, query or fragment/],
    [['--base-url', 'http://x/#'], env, /^--base-url must have no user, query or fragment/],
    [['--base-url', 'http://u:p@x/'], env, /^--base-url must have no user, query or fragment/],
    [['--base-url', 'http://x/a//b'], env, /^--base-url must have a plain path/],
    [['--issuer-url', 'http://x/a%2fb'], env, /^--issuer-url must have a plain path/],
    [['--org-name', 'Acme'], env, /^--org-name must have 3 to 40 lower-case letters/],
    [['--org-name', 'ab'], env, /^--org-name must have 3 to 40/],
    [['--org-name', 'api'], env, '--org-name "api" is a reserved name.'],
    [['--admin-login', 'a:b'], env, /^--admin-login must have 3 to 40/],
    [['--runner-token-fd', '2'], env, /^--runner-token-fd must be the number of an open descriptor/],
    [['--largest-state-mb', '0'], env, '--largest-state-mb must be a number from 1 to 1000, not "0".'],
    [['--largest-event-batch-mb', '201'], env, /^--largest-event-batch-mb must be a number from 1 to 200/],
    [
      ['--largest-update-events-mb', '1MB'],
      env,
      /^--largest-update-events-mb must be a number from 1 to 100000/,
    ],
    [
      ['--failed-logins-per-minute', '100001'],
      env,
      /^--failed-logins-per-minute must be a number from 0 to 100000/,
    ],
    [['--signer', 'vault'], env, '--signer must be database or pkcs11, not "vault".'],
    [['--signer', 'pkcs11'], env, /^A PKCS #11 token needs all of --pkcs11-module/],
    [['--signer', 'pkcs11', '--pkcs11-module', 'a', '--pkcs11-token', 'b'], env, /needs all of/],
    [
      ['--pkcs11-module', 'a', '--pkcs11-token', 'b', '--pkcs11-pin-file', 'c'],
      env,
      /^Say with --signer who makes the next keys/,
    ],
    [['--log-level', 'loud'], env, '--log-level must be silent, error, warn, info or debug, not "loud".'],
    [
      [],
      { ...env, DATABASE_URL: 'mysql://u:secret@h/d' },
      /^DATABASE_URL must begin with postgresql:\/\/(?!.*secret)/,
    ],
    [[], { ...env, DAYPASS_MASTER_KEY: 'a', DAYPASS_MASTER_KEY_COMMAND: 'b' }, /, not both\.$/],
    [[], {}, /^There is no home folder here: say with --data/],
  ]
  for (const [flags, given, sentence] of cases) {
    test(`${flags.join(' ') || Object.keys(given).at(-1) || 'no home'}`, () => {
      expect(() => readConfig(flags, given, 'linux')).toThrow(sentence)
    })
  }
})

test('without flags it keeps to itself, on loopback', () => {
  expect(readConfig([], env, 'linux')).toEqual({
    allowPrivateWebhooks: false,
    allowPrivateOidcIssuers: false,
    allowPrivateGitHosts: false,
    failedLoginsPerMinute: 60,
    metricsPort: undefined,
    metricsHost: '127.0.0.1',
    listenHost: '127.0.0.1',
    port: 8080,
    tls: undefined,
    baseUrl: 'http://127.0.0.1:8080',
    issuerUrl: 'http://127.0.0.1:8080/oidc',
    keyRotation: {
      everySeconds: 90 * 86_400,
      leadSeconds: 600,
      maxAgeSeconds: 300,
      awaitsPublication: false,
    },
    publishKeysTo: undefined,
    dataFolder: '/home/alice/.local/share/daypass',
    databaseUrl: undefined,
    masterKey: { kind: 'file', path: '/home/alice/.local/share/daypass/master-key' },
    adminTokenFile: undefined,
    newAdminToken: false,
    organizationName: 'main',
    adminLogin: 'admin',
    runnerTokenFd: undefined,
    signer: { newKeys: 'database', pkcs11: undefined },
    runnerSocket: undefined,
    stackWaitSeconds: 600,
    stateRetention: { keepVersions: undefined, keepDays: undefined },
    deploymentRetention: { keepDays: 365, most: 10_000 },
    logRetention: { keepDays: 90, mostBytes: 20_000 * 1024 * 1024 },
    eventRetention: { keepDays: 90, mostBytes: 20_000 * 1024 * 1024 },
    deliveryRetention: { keepDays: 30, most: 1000 },
    stateLimits: {
      stateBytes: 200 * 1024 * 1024,
      eventBatchBytes: 20 * 1024 * 1024,
      updateEventsBytes: 256 * 1024 * 1024,
    },
    logLevel: 'info',
  })
})

test('with a certificate the addresses are https ones; half a pair is none', () => {
  expect(readConfig(['--tls-cert', '/c.pem', '--tls-key', '/k.pem'], env, 'linux')).toMatchObject({
    tls: { certificate: '/c.pem', key: '/k.pem' },
    baseUrl: 'https://127.0.0.1:8080',
    issuerUrl: 'https://127.0.0.1:8080/oidc',
  })
  expect(() => readConfig(['--tls-cert', '/c.pem'], env, 'linux')).toThrow('go together')
})

test('keys are followed by others as the flags say, never before relying parties had the time to fetch', () => {
  const rotation = (...flags: string[]) => readConfig(flags, env, 'linux')
  expect(
    rotation('--rotate-keys-days', '7', '--key-lead-seconds', '30', '--jwks-max-age-seconds', '20'),
  ).toMatchObject({ keyRotation: { everySeconds: 7 * 86_400, leadSeconds: 30, maxAgeSeconds: 20 } })
  expect(rotation('--jwks-max-age-seconds', '3600')).toMatchObject({ keyRotation: { leadSeconds: 3600 } })
  expect(rotation('--rotate-keys-days', '0')).toMatchObject({ keyRotation: { everySeconds: undefined } })
  expect(() => rotation('--key-lead-seconds', '60')).toThrow('--key-lead-seconds must be at least 300')
  expect(() => rotation('--rotate-keys-days', 'never')).toThrow('--rotate-keys-days must be a number')
})

test('keys that another address serves are never followed by themselves', () => {
  expect(readConfig(['--issuer-url', 'https://keys.example.com'], env, 'linux')).toMatchObject({
    keyRotation: { everySeconds: undefined },
  })
})

test('keys that the server publishes at another address are followed, and need such an address', () => {
  const config = (...flags: string[]) => readConfig(flags, env, 'linux')
  const mirror = ['--issuer-url', 'https://keys.example.com']
  expect(config(...mirror, '--publish-keys-to', '/srv/www')).toMatchObject({
    keyRotation: { everySeconds: 90 * 86_400, awaitsPublication: true },
    publishKeysTo: { kind: 'folder', folder: '/srv/www' },
  })
  expect(config(...mirror, '--publish-keys-to', 'by-hand')).toMatchObject({
    keyRotation: { everySeconds: undefined, awaitsPublication: true },
  })
  expect(() => config('--publish-keys-to', '/srv/www')).toThrow('--publish-keys-to needs --issuer-url')
  expect(() => config(...mirror, '--publish-keys-to', 's3://keys')).toThrow('needs region=')
})

test('everything that grows has two limits, and 0 takes one away', () => {
  const flags = ['--keep-log-days', '7', '--most-logs-mb', '0', '--keep-deployment-days', '0']
  expect(readConfig([...flags, '--most-deliveries', '5'], env, 'linux')).toMatchObject({
    logRetention: { keepDays: 7, mostBytes: undefined },
    deploymentRetention: { keepDays: undefined, most: 10_000 },
    deliveryRetention: { keepDays: 30, most: 5 },
  })
  for (const value of ['-1', '1.5', 'all', '', '36501']) {
    expect(() => readConfig([`--keep-event-days=${value}`], env, 'linux')).toThrow(
      `--keep-event-days must be a number from 0 to 36500, where 0 is no limit, not ${JSON.stringify(value)}.`,
    )
  }
})

test('old states are kept as long as two flags say', () => {
  const flags = ['--keep-state-versions', '20', '--keep-state-days', '90']
  expect(readConfig(flags, env, 'linux')).toMatchObject({
    stateRetention: { keepVersions: 20, keepDays: 90 },
  })
  for (const value of ['0', '-1', '1.5', 'all', '']) {
    expect(() => readConfig([`--keep-state-versions=${value}`], env, 'linux')).toThrow(
      /--keep-state-versions must/,
    )
  }
})

test('URLs lose their trailing slash, and the issuer follows the base URL', () => {
  const config = readConfig(['--base-url', 'HTTPS://Day.Example.com/pass/'], env, 'linux')
  expect(config).toMatchObject({
    baseUrl: 'https://day.example.com/pass',
    issuerUrl: 'https://day.example.com/pass/oidc',
  })
  expect(readConfig(['--issuer-url', 'https://id.example.com/'], env, 'linux')).toMatchObject({
    issuerUrl: 'https://id.example.com',
  })
})

test('a flag is stronger than the environment, and the environment than the default', () => {
  const given = { ...env, DAYPASS_DATA: '/data', XDG_DATA_HOME: '/xdg' }
  expect(readConfig([], given, 'linux')).toMatchObject({ dataFolder: '/data' })
  expect(readConfig(['--data', '/flag'], given, 'linux')).toMatchObject({ dataFolder: '/flag' })
  expect(readConfig([], { ...env, XDG_DATA_HOME: '/xdg' }, 'linux')).toMatchObject({
    dataFolder: '/xdg/daypass',
  })
  expect(readConfig([], env, 'darwin')).toMatchObject({
    dataFolder: '/home/alice/Library/Application Support/daypass',
  })
})

test('a port chosen later is put into every address that lacked one', () => {
  const config = readConfig(['--port', '0', '--base-url', 'http://localhost:0/p'], env, 'linux')
  if (config === 'help') throw new Error('no help was asked for')
  expect(withPort(config, 4711)).toMatchObject({
    port: 4711,
    baseUrl: 'http://localhost:4711/p',
    issuerUrl: 'http://localhost:4711/p/oidc',
  })
})

test('an IPv6 address becomes an address that can be called', () => {
  expect(readConfig(['--host', '::1'], env, 'linux')).toMatchObject({ baseUrl: 'http://[::1]:8080' })
})

test('the help names every variable', () => {
  for (const name of ['DATABASE_URL', 'DAYPASS_DATA', 'DAYPASS_MASTER_KEY', 'DAYPASS_MASTER_KEY_COMMAND']) {
    expect(HELP).toContain(name)
  }
  expect(readConfig(['--help'], {}, 'linux')).toBe('help')
})

test('the process of a PKCS #11 module sees none of our secrets, and what modules are set by', () => {
  const flags = [
    '--signer',
    'pkcs11',
    '--pkcs11-module',
    '/m.so',
    '--pkcs11-token',
    't',
    '--pkcs11-pin-file',
    '/p',
  ]
  const given = {
    ...env,
    SOFTHSM2_CONF: '/etc/softhsm2.conf',
    DAYPASS_MASTER_KEY: 'a',
    DATABASE_URL: 'postgres://u:secret@h/d',
    PGPASSWORD: 'secret',
    PULUMI_ACCESS_TOKEN: 'pul-1',
    NODE_OPTIONS: '--require x',
  }
  expect(readConfig(flags, given, 'linux')).toMatchObject({
    signer: {
      newKeys: 'pkcs11',
      pkcs11: {
        module: '/m.so',
        token: 't',
        pinFile: '/p',
        environment: { HOME: '/home/alice', SOFTHSM2_CONF: '/etc/softhsm2.conf' },
      },
    },
  })
  const config = readConfig(flags, given, 'linux')
  expect(config !== 'help' && Object.keys(config.signer.pkcs11?.environment ?? {})).toEqual([
    'HOME',
    'SOFTHSM2_CONF',
  ])
})
