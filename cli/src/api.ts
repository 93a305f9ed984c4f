/** One call to a Daypass server: JSON in, JSON out, an error answer as a sentence. */

import { readFile } from 'node:fs/promises'
import { ErrorBody } from '@daypass/contract/errors.ts'
import { Check } from 'typebox/value'
import { FailedCommand, type Surroundings } from './failed-command.ts'

export interface ServerOptions {
  readonly server?: string
  readonly tokenFile?: string
}

/**
 * @param options `--server` and `--token-file`; otherwise DAYPASS_SERVER and DAYPASS_TOKEN.
 * @throws {FailedCommand} when no server or token is known, or the server refuses.
 */
export async function callServer(
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body: object | undefined,
  options: ServerOptions,
  { env, fetch }: Surroundings,
): Promise<unknown> {
  const server = options.server ?? env['DAYPASS_SERVER'] ?? 'http://127.0.0.1:8080'
  const token = options.tokenFile
    ? (await readFile(options.tokenFile, 'utf8')).trim()
    : (env['DAYPASS_TOKEN'] ?? env['PULUMI_ACCESS_TOKEN'])
  if (!token) throw new FailedCommand('no access token: give --token-file <file> or set DAYPASS_TOKEN.')
  const response = await fetch(`${server.replace(/\/$/, '')}${path}`, {
    method,
    headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
    redirect: 'error',
    signal: AbortSignal.timeout(30_000),
  }).catch((cause: unknown) => {
    throw new FailedCommand(
      `no answer from ${server}: ${String((cause as Error).message)}. Is the server running there?`,
    )
  })
  const text = await response.text()
  if (!response.ok) throw new FailedCommand(refusalIn(text) ?? `${server} answered ${response.status}.`)
  return text === '' ? undefined : JSON.parse(text)
}

function refusalIn(text: string): string | undefined {
  try {
    const body: unknown = JSON.parse(text)
    return Check(ErrorBody, body) ? body.message : undefined
  } catch {
    return undefined
  }
}
