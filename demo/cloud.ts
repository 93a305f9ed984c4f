/**
 * The local AWS with a window in front of it: the demo sees which tokens came and which credentials left, so that
 * it can search for each of them afterwards.
 */
import { randomBytes } from 'node:crypto'
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { readLocalAwsConfig } from '@daypass/local-clouds/aws/config.ts'
import { startLocalAws } from '@daypass/local-clouds/aws/local-aws.ts'
import { generateAwsTrustPolicy } from '@daypass/trust/aws/generate.ts'
import type { Operation } from '@daypass/trust/subject.ts'
import type { Secret } from './secret-search.ts'

export interface TrustedRole {
  readonly issuerUrl: string
  readonly audience: string
  readonly accountId: string
  readonly roleArn: string
  readonly stack: { readonly organization: string; readonly project: string; readonly stack: string }
  readonly operation: Operation
}

export interface SeenToken {
  readonly subject: string
  readonly lifetimeSeconds: number
  readonly expiresAt: Date
}

export interface CloudWatch {
  readonly url: string
  /** The token that was exchanged for credentials; undefined when none was. */
  readonly acceptedToken: () => SeenToken | undefined
  /** Every token that came and every credential that left. */
  readonly credentials: () => readonly Secret[]
  readonly close: () => Promise<void>
}

export async function startWatchedAws(role: TrustedRole): Promise<CloudWatch> {
  const read = readLocalAwsConfig(accountsTrusting(role))
  if (!read.ok) throw new Error(`${read.path}: ${read.sentence}`)
  const now = () => new Date()
  const aws = await startLocalAws({ config: read.config, now, fetch: globalThis.fetch, randomBytes })
  const credentials: Secret[] = []
  let accepted: SeenToken | undefined

  const watch = (sent: string, answered: string): void => {
    const token = new URLSearchParams(sent).get('WebIdentityToken')
    if (!token) return
    credentials.push({ name: 'ID token', value: token })
    for (const name of ['SecretAccessKey', 'SessionToken', 'AccessKeyId']) {
      const value = new RegExp(`<${name}>([^<]+)</${name}>`).exec(answered)?.[1]
      if (!value) continue
      credentials.push({ name: `AWS ${name}`, value })
      accepted = readToken(token)
    }
  }

  const window = createServer((message, response) => {
    passOn(aws.url, message, response, watch).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => window.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(window.address() as AddressInfo).port}`,
    acceptedToken: () => accepted,
    credentials: () => credentials,
    close: async () => {
      window.closeAllConnections()
      await new Promise((resolve) => window.close(resolve))
      await aws.close()
    },
  }
}

function accountsTrusting({
  issuerUrl,
  audience,
  accountId,
  roleArn,
  stack,
  operation,
}: TrustedRole): object {
  const trust = generateAwsTrustPolicy({ issuerUrl, accountId, audience, stack, operations: [operation] })
  if (!trust.ok) throw new Error(trust.refusal.sentence)
  const oidcProviders = [{ url: issuerUrl, audiences: [audience] }]
  return {
    accounts: [{ id: accountId, oidcProviders, roles: [{ arn: roleArn, trustPolicy: trust.policy }] }],
  }
}

/** The Host header stays as it was sent: it is part of what the caller signed. */
async function passOn(
  target: string,
  message: IncomingMessage,
  response: ServerResponse,
  watch: (sent: string, answered: string) => void,
): Promise<void> {
  const sent = await buffer(message)
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  httpRequest(
    target,
    { method: message.method, path: message.url, headers: message.headers, setHost: false },
    resolve,
  )
    .on('error', reject)
    .end(sent)
  const answer = await promise
  const body = await buffer(answer)
  watch(sent.toString(), body.toString())
  response.writeHead(answer.statusCode ?? 502, answer.headers).end(body)
}

function readToken(token: string): SeenToken {
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >
  const expires = Number(claims['exp'])
  return {
    subject: String(claims['sub']),
    lifetimeSeconds: expires - Number(claims['iat']),
    expiresAt: new Date(expires * 1000),
  }
}
