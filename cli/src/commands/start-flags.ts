/**
 * What `daypass start` takes, and to which of the two programs it goes. A test compares the server's with its own help:
 * what the server can be told, `daypass start` can be told.
 */
import { Option } from 'commander'

export const SERVER_FLAGS: readonly Option[] = [
  new Option('--port <port>', 'port to listen on (default 8080)'),
  new Option('--host <address>', 'address to listen on (default 127.0.0.1)'),
  new Option('--data <folder>', 'folder of the database and the master key'),
  new Option(
    '--tls-cert <file>',
    'speak https with this certificate (PEM, with those that lead to its authority)',
  ),
  new Option('--tls-key <file>', 'and its key'),
  new Option('--base-url <url>', 'the address people and clouds use (default http://<host>:<port>)'),
  new Option('--issuer-url <url>', 'the issuer of tokens (default <base URL>/oidc)'),
  new Option('--rotate-keys-days <days>', 'let another key sign after so many days (default 90; 0: by hand)'),
  new Option('--key-lead-seconds <n>', 'publish a key so long before it signs (default 600)'),
  new Option('--jwks-max-age-seconds <n>', 'how long relying parties may keep the keys (default 300)'),
  new Option(
    '--publish-keys-to <place>',
    'write discovery and keys there, where relying parties read them that cannot reach this server',
  ),
  new Option('--signer <holder>', 'who makes and holds the next keys (default database)').choices([
    'database',
    'pkcs11',
  ]),
  new Option('--pkcs11-module <file>', 'the PKCS #11 library of a token that holds keys'),
  new Option('--pkcs11-token <label>', 'its label'),
  new Option('--pkcs11-pin-file <file>', "holds its user's PIN (mode 0600)"),
  new Option('--admin-token-file <file>', 'write the first admin token there (mode 0600)'),
  new Option('--org-name <name>', 'name of the first organization'),
  new Option('--admin-login <login>', 'login of the first admin'),
  new Option('--new-admin-token', 'make another token for the first admin, for one that was lost'),
  new Option('--log-level <level>', 'silent, error, warn, info or debug'),
  new Option(
    '--stack-wait-seconds <n>',
    'how long a deployment waits for whoever holds its stack (default 600)',
  ),
  new Option('--keep-state-versions <n>', 'keep the newest n states of each stack (default: all)'),
  new Option('--keep-state-days <days>', 'keep states as long as this (default: for ever)'),
  new Option(
    '--keep-deployment-days <n>',
    'delete deployments that ended longer ago (default 365; 0: never)',
  ),
  new Option(
    '--most-deployments <n>',
    'and those beyond the newest n of a stack (default 10000; 0: no limit)',
  ),
  new Option(
    '--keep-log-days <n>',
    'delete the logs of deployments that ended longer ago (default 90; 0: never)',
  ),
  new Option(
    '--most-logs-mb <n>',
    "and an organization's oldest beyond so much of them (default 20000; 0: no limit)",
  ),
  new Option(
    '--keep-event-days <n>',
    'delete the events of updates that ended longer ago (default 90; 0: never)',
  ),
  new Option(
    '--most-events-mb <n>',
    "and an organization's oldest beyond so much of them (default 20000; 0: no limit)",
  ),
  new Option('--keep-delivery-days <n>', 'delete webhook deliveries that are older (default 30; 0: never)'),
  new Option(
    '--most-deliveries <n>',
    'and those beyond the newest n of a webhook (default 1000; 0: no limit)',
  ),
  new Option('--largest-state-mb <n>', 'refuse a state that is larger (default 200)'),
  new Option(
    '--largest-event-batch-mb <n>',
    "refuse a batch of an update's events that is larger (default 20)",
  ),
  new Option('--largest-update-events-mb <n>', 'keep so much of the events of an update (default 256)'),
  new Option(
    '--failed-logins-per-minute <n>',
    'answer so many wrong tokens of one address; more are told to wait (default 60; 0: no limit)',
  ),
  new Option('--allow-private-webhooks', 'let webhooks go to addresses that are not on the public internet'),
  new Option(
    '--allow-private-git-hosts',
    'speak to git hosts that are not on the public internet, also over http',
  ),
  new Option(
    '--allow-private-oidc-issuers',
    'take logins by tokens of issuers inside the network, also over http',
  ),
  new Option('--metrics-port <port>', 'answer GET /metrics for Prometheus on this port (default: off)'),
  new Option('--metrics-host <address>', 'on which address, without a token (default 127.0.0.1)'),
]

export const RUNNER_FLAGS: readonly Option[] = [
  new Option('--launcher <kind>', 'how jobs are isolated').choices([
    'auto',
    'bubblewrap',
    'unshare',
    'docker',
    'plain',
  ]),
  new Option('--jobs <count>', 'deployments the runner may run at a time'),
  new Option('--allow-insecure-git', 'let jobs clone by http and from private addresses'),
  new Option('--aws-sts-url <url>', 'another AWS STS, such as the local cloud'),
  new Option('--azure-authority-url <url>', 'another Entra, such as the local cloud'),
  new Option('--google-sts-url <url>', "another of Google's token services, such as the local cloud"),
  new Option('--google-iam-url <url>', "another of Google's iamcredentials APIs, such as the local cloud"),
  new Option('--cache-folder <folder>', 'keep what stacks with a cache downloaded there'),
  new Option('--ca-file <file>', 'certificates (PEM) that the runner and its jobs trust too'),
  new Option('--docker-network <name>', 'network of containers: bridge (default), host, or another'),
  new Option('--ignore-executor-images', 'run stacks that name an image with the programs of this machine'),
  new Option('--pulumi <path>', 'the pulumi binary (default: found by the set-up, or on PATH)'),
]

/** By the option's name in camel case, as commander reads it. */
export type GivenFlags = Readonly<Record<string, string | boolean | undefined>>

/** Those that were given, as the program takes them. */
export function passedOn(flags: readonly Option[], given: GivenFlags): string[] {
  return flags.flatMap((flag) => {
    const value = given[flag.attributeName()]
    if (value === undefined || value === false) return []
    return value === true ? [`${flag.long}`] : [`${flag.long}`, value]
  })
}
