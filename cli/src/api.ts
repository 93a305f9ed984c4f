/** Calls to a Daypass server: JSON in, JSON out, or streams; an error answer as a sentence and an exit code. */

import { readFile } from 'node:fs/promises'
import { ErrorBody } from '@daypass/contract/errors.ts'
import type { Static, TSchema } from 'typebox'
import { Check } from 'typebox/value'
import { EXIT, type ExitCode } from './exit-code.ts'
import { FailedCommand, type Surroundings } from './failed-command.ts'
import { keptLogin } from './pulumi-cli/kept.ts'
import { projectAround } from './pulumi-cli/project.ts'

export interface ServerOptions {
  readonly server?: string
  readonly tokenFile?: string
}

/** Where the server is, without a slash at its end, and who we are to it. */
export interface ServerAccess {
  readonly url: string
  readonly token: string
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

const TIMEOUT_MS = 30_000
const DEFAULT_URL = 'http://127.0.0.1:8080'

/**
 * Where the server is: what is ours comes first, then what the Pulumi CLI uses.
 *
 * @throws {FailedCommand} when that is no address.
 */
export async function serverUrl(
  { server }: Pick<ServerOptions, 'server'>,
  { env, folder }: Pick<Surroundings, 'env' | 'folder'>,
): Promise<string> {
  const given =
    server ??
    env['DAYPASS_SERVER'] ??
    service(env['PULUMI_BACKEND_URL']) ??
    service((await projectAround(folder))?.backendUrl) ??
    service((await keptLogin(env)).current) ??
    DEFAULT_URL
  if (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol)) return given.replace(/\/+$/, '')
  throw new FailedCommand(
    `"${given}" is no address of a server: it begins with https:// or http://.`,
    EXIT.misused,
  )
}

/** @throws {FailedCommand} when no token is known. */
export async function serverAccess(
  options: ServerOptions,
  surroundings: Pick<Surroundings, 'env' | 'folder'>,
): Promise<ServerAccess> {
  const { env } = surroundings
  const url = await serverUrl(options, surroundings)
  const kept = await keptLogin(env)
  const token = options.tokenFile
    ? await readTokenFile(options.tokenFile)
    : env['DAYPASS_TOKEN'] || env['PULUMI_ACCESS_TOKEN'] || kept.tokenFor(url)
  if (token) return { url, token }
  const why = kept.isEncrypted
    ? 'what `pulumi login` kept is encrypted: give --token-file <file> or set PULUMI_ACCESS_TOKEN.'
    : `no access token for ${url}: run \`pulumi login ${url}\`, give --token-file <file>, or set DAYPASS_TOKEN.`
  throw new FailedCommand(why, EXIT.notAllowed)
}

/** A backend that may be a Daypass server. Pulumi Cloud is none, and buckets and folders are not. */
function service(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined
  const { protocol, hostname } = new URL(url)
  const isPulumiCloud = hostname === 'pulumi.com' || hostname.endsWith('.pulumi.com')
  return /^https?:$/.test(protocol) && !isPulumiCloud ? url : undefined
}

/** @throws {FailedCommand} when there is no such file. */
async function readTokenFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new FailedCommand(`cannot read the token: ${cause.message}`, EXIT.misused)
  })
  return text.trim()
}

/**
 * The parsed answer; undefined for an empty one.
 *
 * @throws {FailedCommand} when the server cannot be reached, or refuses.
 */
export async function callServer(
  method: Method,
  path: string,
  body: object | undefined,
  access: ServerAccess,
  surroundings: Pick<Surroundings, 'fetch'>,
): Promise<unknown> {
  const response = await openServer(
    method,
    path,
    {
      ...(body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    },
    access,
    surroundings,
  )
  const text = await response.text().catch((cause: Error) => {
    throw unreachable(access.url, cause)
  })
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    throw new FailedCommand(`${access.url} answered something else than JSON: is it a Daypass server?`)
  }
}

/** @throws {FailedCommand} when it is of another form. */
export function expectShape<Schema extends TSchema>(schema: Schema, answer: unknown): Static<Schema> {
  if (Check(schema, answer)) return answer
  throw new FailedCommand(
    'the server answered something else than expected: is it of another release than this command?',
  )
}

/**
 * The answer as a stream, once the server has not refused.
 *
 * @throws {FailedCommand} when it cannot be reached, or refuses.
 */
export async function openServer(
  method: Method,
  path: string,
  init: RequestInit,
  { url, token }: ServerAccess,
  { fetch }: Pick<Surroundings, 'fetch'>,
): Promise<Response> {
  const headers = {
    ...(init.headers as Record<string, string>),
    accept: 'application/json',
    authorization: `token ${token}`,
  }
  const response = await fetch(`${url}${path}`, { ...init, method, headers, redirect: 'error' }).catch(
    (cause: Error) => {
      throw unreachable(url, cause)
    },
  )
  if (response.ok) return response
  const sentence = refusalIn(await response.text().catch(() => '')) ?? `${url} answered ${response.status}.`
  const advice = response.status === 401 ? ` Log in with \`pulumi login ${url}\`, or set DAYPASS_TOKEN.` : ''
  throw new FailedCommand(`${sentence}${advice}`, EXIT_OF_STATUS[response.status] ?? EXIT.failed)
}

const EXIT_OF_STATUS: Readonly<Record<number, ExitCode>> = {
  401: EXIT.notAllowed,
  403: EXIT.notAllowed,
  404: EXIT.notFound,
  502: EXIT.unreachable,
  503: EXIT.unreachable,
  504: EXIT.unreachable,
}

/** fetch says "fetch failed" and hides the reason one level below. */
function unreachable(url: string, error: Error): FailedCommand {
  const reason = error.cause instanceof Error && error.cause.message ? error.cause.message : error.message
  return new FailedCommand(`no answer from ${url}: ${reason}. Is the server running there?`, EXIT.unreachable)
}

function refusalIn(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return Check(ErrorBody, body) ? body.message : undefined
  } catch {
    return undefined
  }
}
