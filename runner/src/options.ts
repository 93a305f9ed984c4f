/**
 * The runner's command line: what can be said on it, and what is wrong with what was said.
 */

import { isIP } from 'node:net'
import { hostname } from 'node:os'
import { parseArgs } from 'node:util'
import { LAUNCHER_CHOICES, type LauncherChoice } from './launch/detect.ts'
import { isVariableName } from './launch/entry.ts'

export const HELP = `Runs Pulumi deployments that a Daypass server hands out, each in a sandbox of its own.

Usage: daypass runner --server <url> --pool-token-file <file> [options]

  --server <url>             Base URL of the server; https, or http on this machine only
  --server-socket <path>     Reach that server through this Unix socket instead of its port
  --pool-token-file <file>   Holds the pool token, on one line
  --pool-token-fd <number>   The pool token is read from this open descriptor instead
  --name <name>              How the runner is called in logs (default: this machine's name)
  --jobs <number>            How many deployments at once (default 1)
  --launcher <kind>          auto (default), bubblewrap, unshare, or plain (no isolation)
  --pulumi <path>            The pulumi binary or its folder (default: DAYPASS_PULUMI, then PATH)
  --work-folder <folder>     Where jobs live while they run (default: in memory if there is room)
  --drain-seconds <number>   How long running jobs may go on when the runner is told to stop (default 0:
                             they are asked to stop at once, and save their state)
  --grace-seconds <number>   How long pulumi may take to save its state when a deployment is cancelled
                             (default 30)
  --git-timeout-seconds <n>  How long fetching a repository may take (default 300)
  --ssh-known-hosts <file>   Host keys of Git servers (OpenSSH's known_hosts); a server whose key is not in it is
                             refused (default: any key is accepted)
  --allow-insecure-git       Takes http, local paths and private addresses as sources
  --aws-sts-url <url>        Exchanges tokens there instead of at AWS's own endpoint
  --forward-env <name>       Gives jobs this variable of the runner's environment, for example HTTPS_PROXY;
                             may be repeated
  --help                     Shows this
`

/** How long `pulumi` may take to save its state after it was asked to stop. */
const GRACE_SECONDS = 30

export interface RunnerOptions {
  readonly server: URL
  readonly serverSocket: string | undefined
  readonly poolToken: { readonly file: string } | { readonly fd: number }
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
  readonly awsStsUrl: string | undefined
  readonly forwardEnv: readonly string[]
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
      'forward-env': { type: 'string', multiple: true },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) return { kind: 'help' }
  return {
    kind: 'run',
    options: {
      server: serverUrl('--server', values.server),
      serverSocket: values['server-socket'],
      poolToken: poolToken(values['pool-token-file'], values['pool-token-fd']),
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
      awsStsUrl: values['aws-sts-url'] && serverUrl('--aws-sts-url', values['aws-sts-url']).href,
      forwardEnv: (values['forward-env'] ?? []).map(variableName),
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

export function isLoopback(hostname: string): boolean {
  if (hostname === 'localhost' || hostname === '[::1]') return true
  return isIP(hostname) === 4 && hostname.startsWith('127.')
}

function poolToken(file: string | undefined, fd: string | undefined): RunnerOptions['poolToken'] {
  if (file !== undefined && fd !== undefined)
    throw new Error('Give --pool-token-file or --pool-token-fd, not both.')
  if (file !== undefined) return { file }
  if (fd !== undefined) return { fd: wholeNumber('--pool-token-fd', fd, 0, 0, 1023) }
  throw new Error('Say where the pool token is, with --pool-token-file <file>.')
}

function launcherChoice(text: string | undefined): LauncherChoice {
  const choice = LAUNCHER_CHOICES.find((one) => one === (text ?? 'auto'))
  if (!choice) throw new Error(`--launcher ${text} is unknown; use ${LAUNCHER_CHOICES.join(', ')}.`)
  return choice
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
