/**
 * The runner's command line: what can be said on it, and what is wrong with what was said.
 */

import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import type { CloudUrls } from './job/context.ts'
import { LAUNCHER_CHOICES, type LauncherChoice } from './launch/detect.ts'
import type { PullPolicy } from './launch/docker/engine.ts'
import { isVariableName } from './launch/entry.ts'

/** How long `pulumi` may take to save its state after it was asked to stop. */
const GRACE_SECONDS = 30

export interface RunnerOptions {
  readonly server: URL
  readonly serverSocket: string | undefined
  readonly poolToken: { readonly file: string } | { readonly fd: number } | OidcLoginOptions
  readonly name: string
  readonly jobs: number
  readonly launcher: LauncherChoice
  readonly pulumi: string | undefined
  readonly workFolder: string | undefined
  readonly drainSeconds: number
  readonly graceSeconds: number
  readonly gitTimeoutSeconds: number
  /** Undefined: any host key is accepted. */
  readonly sshKnownHostsFile: string | undefined
  readonly allowInsecureGit: boolean
  readonly cloudUrls: CloudUrls
  readonly forwardEnv: readonly string[]
  readonly caFile: string | undefined
  /** Undefined: nothing is cached. */
  readonly cacheFolder: string | undefined
  readonly cacheMegabytes: number
  readonly limits: LimitOptions
  readonly docker: DockerFlags
}

/** The pool token is exchanged for a token of an issuer that the organization has registered. */
export interface OidcLoginOptions {
  readonly idTokenFile: string
  readonly organization: string
  /** Name or id. */
  readonly pool: string
}

/** Undefined: no limit, or in a container the default. */
export interface LimitOptions {
  readonly processes: number | undefined
  readonly memoryMegabytes: number
  readonly cpus: number
}

export interface DockerFlags {
  readonly program: string | undefined
  readonly image: string
  readonly network: string
  readonly pull: PullPolicy
  readonly pullTimeoutSeconds: number
  readonly ignoreImages: boolean
}

export type ParsedOptions =
  | { readonly kind: 'run'; readonly options: RunnerOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly sentence: string }

/** @throws nothing: what is wrong is in the answer. */
export function parseOptions(argv: readonly string[]): ParsedOptions {
  try {
    return read(argv)
  } catch (error) {
    return { kind: 'wrong', sentence: error instanceof Error ? error.message : String(error) }
  }
}

function read(argv: readonly string[]): ParsedOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      server: { type: 'string' },
      'server-socket': { type: 'string' },
      'pool-token-file': { type: 'string' },
      'pool-token-fd': { type: 'string' },
      'oidc-token-file': { type: 'string' },
      org: { type: 'string' },
      pool: { type: 'string' },
      name: { type: 'string' },
      jobs: { type: 'string' },
      launcher: { type: 'string' },
      pulumi: { type: 'string' },
      'work-folder': { type: 'string' },
      'drain-seconds': { type: 'string' },
      'grace-seconds': { type: 'string' },
      'git-timeout-seconds': { type: 'string' },
      'ssh-known-hosts': { type: 'string' },
      'allow-insecure-git': { type: 'boolean' },
      'aws-sts-url': { type: 'string' },
      'azure-authority-url': { type: 'string' },
      'google-sts-url': { type: 'string' },
      'google-iam-url': { type: 'string' },
      'forward-env': { type: 'string', multiple: true },
      'ca-file': { type: 'string' },
      'cache-folder': { type: 'string' },
      'cache-megabytes': { type: 'string' },
      'job-processes': { type: 'string' },
      'job-memory-megabytes': { type: 'string' },
      'job-cpus': { type: 'string' },
      docker: { type: 'string' },
      'docker-image': { type: 'string' },
      'docker-network': { type: 'string' },
      'docker-pull': { type: 'string' },
      'docker-pull-timeout-seconds': { type: 'string' },
      'ignore-executor-images': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return { kind: 'help' }
  return {
    kind: 'run',
    options: {
      server: serverUrl('--server', values.server),
      serverSocket: values['server-socket'],
      poolToken: poolToken({
        file: values['pool-token-file'],
        fd: values['pool-token-fd'],
        idTokenFile: values['oidc-token-file'],
        organization: values.org,
        pool: values.pool,
      }),
      name: name(values.name),
      jobs: wholeNumber('--jobs', values.jobs, 1, 1, 64),
      launcher: launcherChoice(values.launcher),
      pulumi: values.pulumi,
      workFolder: values['work-folder'],
      drainSeconds: wholeNumber('--drain-seconds', values['drain-seconds'], 0, 0, 86_400),
      graceSeconds: wholeNumber('--grace-seconds', values['grace-seconds'], GRACE_SECONDS, 0, 3600),
      gitTimeoutSeconds: wholeNumber('--git-timeout-seconds', values['git-timeout-seconds'], 300, 1, 86_400),
      sshKnownHostsFile: values['ssh-known-hosts'],
      allowInsecureGit: values['allow-insecure-git'] ?? false,
      cloudUrls: {
        awsSts: values['aws-sts-url'] && serverUrl('--aws-sts-url', values['aws-sts-url']).href,
        azureAuthority: baseUrl('--azure-authority-url', values['azure-authority-url']),
        googleSts: baseUrl('--google-sts-url', values['google-sts-url']),
        googleIam: baseUrl('--google-iam-url', values['google-iam-url']),
      },
      forwardEnv: (values['forward-env'] ?? []).map(variableName),
      caFile: values['ca-file'],
      cacheFolder: absolute('--cache-folder', values['cache-folder']),
      cacheMegabytes: wholeNumber('--cache-megabytes', values['cache-megabytes'], 5120, 1, 100_000_000),
      limits: {
        processes:
          values['job-processes'] === undefined
            ? undefined
            : wholeNumber('--job-processes', values['job-processes'], 0, 32, 1_000_000),
        memoryMegabytes: wholeNumber(
          '--job-memory-megabytes',
          values['job-memory-megabytes'],
          4096,
          64,
          100_000_000,
        ),
        cpus: cpus(values['job-cpus']),
      },
      docker: {
        program: absolute('--docker', values.docker),
        image: matching('--docker-image', values['docker-image'] ?? 'pulumi/pulumi:latest', IMAGE),
        network: matching('--docker-network', values['docker-network'] ?? 'bridge', NETWORK),
        pull: pullPolicy(values['docker-pull']),
        pullTimeoutSeconds: wholeNumber(
          '--docker-pull-timeout-seconds',
          values['docker-pull-timeout-seconds'],
          600,
          1,
          86_400,
        ),
        ignoreImages: values['ignore-executor-images'] ?? false,
      },
    },
  }
}

/** Tokens travel there, so plain http stays on this machine. */
function serverUrl(option: string, text: string | undefined): URL {
  if (text === undefined) throw new Error(`Say where the server is, with ${option} <url>.`)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new Error(`${option} ${text} is not a URL with https:// (or http:// on this machine).`)
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw new Error(
      `${option} ${text} would send tokens in the clear; use https for a server on another machine.`,
    )
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new Error(`${option} ${text} may have no user name, query or fragment.`)
  }
  return url
}

/** Paths are appended to it. */
function baseUrl(option: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : serverUrl(option, text).href.replace(/\/+$/, '')
}

export function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]') return true
  return isIP(hostname) === 4 && hostname.startsWith('127.')
}

interface PoolTokenFlags {
  readonly file: string | undefined
  readonly fd: string | undefined
  readonly idTokenFile: string | undefined
  readonly organization: string | undefined
  readonly pool: string | undefined
}

function poolToken({
  file,
  fd,
  idTokenFile,
  organization,
  pool,
}: PoolTokenFlags): RunnerOptions['poolToken'] {
  if ([file, fd, idTokenFile].filter((one) => one !== undefined).length > 1)
    throw new Error('Give one of --pool-token-file, --pool-token-fd and --oidc-token-file.')
  if (idTokenFile === undefined && (organization !== undefined || pool !== undefined))
    throw new Error('--org and --pool belong to --oidc-token-file; a pool token says where it belongs.')
  if (file !== undefined) return { file }
  if (fd !== undefined) return { fd: wholeNumber('--pool-token-fd', fd, 0, 0, 1023) }
  if (idTokenFile === undefined)
    throw new Error('Say where the pool token is, with --pool-token-file <file>.')
  if (!organization || !pool)
    throw new Error('With --oidc-token-file, say --org <organization> and --pool <name or id> too.')
  return { idTokenFile, organization, pool }
}

function launcherChoice(text: string | undefined): LauncherChoice {
  const choice = LAUNCHER_CHOICES.find((one) => one === (text ?? 'auto'))
  if (!choice) throw new Error(`--launcher ${text} is unknown; use ${LAUNCHER_CHOICES.join(', ')}.`)
  return choice
}

const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}$/
/** Not `container:…`, which would share the network of whatever else runs. */
const NETWORK = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,100}$/

function matching(option: string, text: string, form: RegExp): string {
  if (!form.test(text)) throw new Error(`${option} ${text} has not the form of one.`)
  return text
}

function pullPolicy(text: string | undefined): PullPolicy {
  const policy = (['always', 'missing', 'never'] as const).find((one) => one === (text ?? 'always'))
  if (!policy) throw new Error(`--docker-pull ${text} is unknown; use always, missing or never.`)
  return policy
}

function absolute(option: string, path: string | undefined): string | undefined {
  if (path !== undefined && !path.startsWith('/'))
    throw new Error(`${option} ${path} must be an absolute path.`)
  return path
}

function cpus(text: string | undefined): number {
  if (text === undefined) return 2
  const value = /^\d{1,4}(?:\.\d{1,2})?$/.test(text) ? Number(text) : 0
  if (value < 0.1) throw new Error(`--job-cpus ${text} must be a number such as 1.5, at least 0.1.`)
  return value
}

function name(text: string | undefined): string {
  const chosen = (text ?? hostname()) || 'runner'
  if (!/^[\w.-]{1,100}$/.test(chosen))
    throw new Error(`--name ${chosen} must be 1 to 100 letters, digits, ".", "_" or "-".`)
  return chosen
}

function variableName(text: string): string {
  if (!isVariableName(text)) throw new Error(`--forward-env ${text} is not the name of a variable.`)
  return text
}

function wholeNumber(
  option: string,
  text: string | undefined,
  otherwise: number,
  least: number,
  most: number,
): number {
  if (text === undefined) return otherwise
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= least && value <= most))
    throw new Error(`${option} ${text} must be a whole number from ${least} to ${most}.`)
  return value
}
