/** Calls to a Daypass server: JSON in, JSON out, or streams; an error answer as a sentence. */

import { readFile } from 'node:fs/promises'
import { ErrorBody } from '@daypass/contract/errors.ts'
import { Check } from 'typebox/value'
import { FailedCommand, type Surroundings } from './failed-command.ts'

export interface ServerOptions {
  readonly server?: string
  readonly tokenFile?: string
}

/** Where the server is, without a slash at its end, and who we are to it. */
export interface ServerAccess {
  readonly url: string
  readonly token: string
}

type Method = 'GET' | 'POST' | 'DELETE'

const TIMEOUT_MS = 30_000

/**
 * @param options `--server` and `--token-file`; otherwise DAYPASS_SERVER and DAYPASS_TOKEN.
 * @throws {FailedCommand} when no token is known.
 */
export async function serverAccess(options: ServerOptions, { env }: Surroundings): Promise<ServerAccess> {
  const url = options.server ?? env['DAYPASS_SERVER'] ?? 'http://127.0.0.1:8080'
  const token = options.tokenFile
    ? await readTokenFile(options.tokenFile)
    : (env['DAYPASS_TOKEN'] ?? env['PULUMI_ACCESS_TOKEN'])
  if (!token) throw new FailedCommand('no access token: give --token-file <file> or set DAYPASS_TOKEN.')
  return { url: url.replace(/\/$/, ''), token }
}

/** @throws {FailedCommand} when there is no such file. */
export async function readTokenFile(path: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new FailedCommand(`cannot read the token: ${cause.message}`)
  })
  return text.trim()
}

/** @throws {FailedCommand} when no token is known, or the server refuses. */
export async function callServer(
  method: Method,
  path: string,
  body: object | undefined,
  options: ServerOptions,
  surroundings: Surroundings,
): Promise<unknown> {
  const access = await serverAccess(options, surroundings)
  const response = await openServer(
    method,
    path,
    {
      headers: { 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    },
    access,
    surroundings,
  )
  const text = await response.text()
  return text === '' ? undefined : JSON.parse(text)
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
  { fetch }: Surroundings,
): Promise<Response> {
  const headers = { ...(init.headers as Record<string, string>), authorization: `token ${token}` }
  const response = await fetch(`${url}${path}`, { ...init, method, headers, redirect: 'error' }).catch(
    (cause: unknown) => {
      throw new FailedCommand(
        `no answer from ${url}: ${String((cause as Error).message)}. Is the server running there?`,
      )
    },
  )
  if (!response.ok) {
    throw new FailedCommand(refusalIn(await response.text()) ?? `${url} answered ${response.status}.`)
  }
  return response
}

function refusalIn(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return Check(ErrorBody, body) ? body.message : undefined
  } catch {
    return undefined
  }
}
