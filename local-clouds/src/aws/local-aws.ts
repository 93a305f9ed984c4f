/**
 * A strict AWS STS on loopback: it fetches the issuer's keys over HTTP and decides by trust policies, as AWS does.
 *
 * Owns the HTTP server and the list of actions. Does not enforce permissions: a session's policies are kept in it for
 * whatever will. Session tags are judged with when they come, and then forgotten: no `aws:PrincipalTag`, and no next role
 * inherits them. Listens on 127.0.0.1 only; it trusts issuers that AWS would not, and says so when it starts.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { EXPLANATION_HEADER, writeExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { issuerKeys } from '../issuer/issuer-keys.ts'
import { leniencyOf } from '../issuer/issuer-url.ts'
import { assumeNextRole } from './assume-next-role.ts'
import { assumeRoleWithWebIdentity } from './assume-role.ts'
import { getCallerIdentity } from './caller-identity.ts'
import type { LocalAwsConfig } from './config.ts'
import { actionOf, readRequest, type StsRequest } from './request.ts'
import { makeSessions } from './session.ts'
import { isStsError, type StsError, statusOf, stsError } from './sts-error.ts'
import { errorXml, resultXml, type XmlElements } from './xml.ts'

export interface LocalAwsOptions {
  readonly config: LocalAwsConfig
  /** By default one that is free. */
  readonly port?: number
  readonly now: () => Date
  readonly fetch: typeof globalThis.fetch
  readonly randomBytes: (count: number) => Uint8Array
  /** Gets a line for each request and each leniency; never a token, a secret or a signature. */
  readonly log?: (line: string) => void
}

export interface LocalAws {
  /** `http://127.0.0.1:4300` */
  readonly url: string
  /** The newest 1000, oldest first. */
  readonly requests: readonly LocalAwsRequest[]
  /** What AWS itself would not have taken, one sentence a provider. */
  readonly warnings: readonly string[]
  readonly close: () => Promise<void>
}

export interface LocalAwsRequest {
  readonly at: Date
  readonly action: string
  readonly roleArn: string | undefined
  readonly sessionName: string | undefined
  /** `ok`, or the code of the error. */
  readonly outcome: string
  /** Why it was refused, where the trust engine knows. */
  readonly explanation: string | undefined
}

const MOST_REQUESTS_KEPT = 1000

type Act = (request: StsRequest) => XmlElements | StsError | Promise<XmlElements | StsError>

export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const { config, port = 0, now, fetch, randomBytes, log = () => undefined } = options
  const sessions = makeSessions(randomBytes)
  const keys = issuerKeys({ fetch, now })
  const requests: LocalAwsRequest[] = []
  const actions: ReadonlyMap<string, Act> = new Map<string, Act>([
    [
      'AssumeRoleWithWebIdentity',
      (request) => assumeRoleWithWebIdentity(request, { config, sessions, keys, now, log }),
    ],
    ['AssumeRole', (request) => assumeNextRole(request, { config, sessions, now })],
    ['GetCallerIdentity', (request) => getCallerIdentity(request, { sessions, now })],
  ])

  async function answer(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = uuidOf(randomBytes(16))
    const request = await readRequest(message)
    const action = isStsError(request) ? request : actionOf(request)
    const act = isStsError(action) ? undefined : actions.get(action)
    const unknown = isStsError(action)
      ? action
      : stsError('InvalidAction', `Could not find operation ${action} for version 2011-06-15`)
    const result = act && !isStsError(request) ? await act(request) : unknown
    remember(isStsError(action) ? '' : action, isStsError(request) ? undefined : request, result)
    const isError = isStsError(result)
    const xml = isError ? errorXml(result, requestId) : resultXml(action as string, result, requestId)
    response.writeHead(isError ? statusOf(result) : 200, {
      'content-type': 'text/xml',
      'content-length': Buffer.byteLength(xml),
      // SDKs learn from it how far their own clock is off.
      date: now().toUTCString(),
      'x-amzn-requestid': requestId,
      'cache-control': 'no-store',
      ...(isError &&
        result.explanation && { [EXPLANATION_HEADER]: writeExplanationHeader(result.explanation) }),
    })
    response.end(xml)
  }

  function remember(action: string, request: StsRequest | undefined, result: XmlElements | StsError): void {
    const outcome = isStsError(result) ? result.code : 'ok'
    const explanation = isStsError(result) ? result.explanation?.sentence : undefined
    const roleArn = request?.parameters.get('RoleArn')
    const sessionName = request?.parameters.get('RoleSessionName')
    requests.push({ at: now(), action, roleArn, sessionName, outcome, explanation })
    if (requests.length > MOST_REQUESTS_KEPT) requests.shift()
    log(lineOf([action, roleArn, sessionName, outcome, explanation]))
  }

  const server = createServer((message, response) => {
    answer(message, response).catch((error: unknown) => {
      // A fault of ours, or a caller who hung up. Its text could hold what was sent, so only its kind is logged.
      log(`The request failed: ${error instanceof Error ? error.name : 'unknown'}.`)
      if (response.headersSent) return void response.destroy()
      response.writeHead(500, { 'content-type': 'text/xml' })
      response.end(errorXml(stsError('InternalFailure', 'The request processing has failed.'), ''))
    })
  })
  server.requestTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
  const warnings = leniencies(config)
  for (const warning of warnings) log(warning)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    warnings,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

function leniencies(config: LocalAwsConfig): readonly string[] {
  const urls = config.accounts.flatMap(({ providers }) => providers.map(({ issuerUrl }) => issuerUrl))
  return [...new Set(urls)].flatMap((url) => leniencyOf(url) ?? [])
}

/** One line, whatever a caller put into its parameters. */
function lineOf(parts: readonly (string | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined && part !== '')
    .map((part) =>
      String(part)
        .slice(0, 500)
        .replaceAll(/\p{Cc}/gu, '?'),
    )
    .join(' ')
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `a${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-')
}
