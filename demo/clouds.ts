/**
 * The local clouds with a window in front of each: the demo sees which tokens came and which credentials left, so that
 * it can search for each of them afterwards.
 */
import { randomBytes } from 'node:crypto'
import { readLocalCloudsConfig, startLocalClouds } from '@daypass/local-clouds/local-clouds.ts'
import type { Secret } from './secret-search.ts'
import { cloudsTrusting, type Trusted } from './trust.ts'
import { openWindow } from './window.ts'

export interface SeenToken {
  readonly subject: string
  readonly lifetimeSeconds: number
  readonly expiresAt: Date
}

export interface CloudWatch {
  readonly urls: { readonly aws: string; readonly azure: string; readonly google: string }
  /** The token that was exchanged for AWS's credentials; undefined when none was. */
  readonly acceptedToken: () => SeenToken | undefined
  /** Every token that came and every credential that left. */
  readonly credentials: () => readonly Secret[]
  readonly close: () => Promise<void>
}

export async function startWatchedClouds(trusted: Trusted): Promise<CloudWatch> {
  const read = readLocalCloudsConfig(cloudsTrusting(trusted))
  if (!read.ok) throw new Error(`${read.path}: ${read.sentence}`)
  const clouds = await startLocalClouds({
    config: read.config,
    now: () => new Date(),
    fetch: globalThis.fetch,
    randomBytes,
  })
  const credentials: Secret[] = []
  let accepted: SeenToken | undefined
  const keep = (name: string, value: string | undefined): string | undefined => {
    if (value) credentials.push({ name, value })
    return value
  }

  const { aws = '', azure = '', google = '' } = clouds.urls
  const windows = await Promise.all([
    openWindow(aws, (sent, answered) => {
      const token = keep('ID token', new URLSearchParams(sent).get('WebIdentityToken') ?? undefined)
      for (const name of ['SecretAccessKey', 'SessionToken', 'AccessKeyId']) {
        const value = keep(`AWS ${name}`, new RegExp(`<${name}>([^<]+)</${name}>`).exec(answered)?.[1])
        if (token && value) accepted = readToken(token)
      }
    }),
    openWindow(azure, (sent, answered) => {
      keep('ID token', new URLSearchParams(sent).get('client_assertion') ?? undefined)
      keep('Azure access token', fieldOf(answered, 'access_token'))
    }),
    openWindow(google, (sent, answered) => {
      keep('ID token', new URLSearchParams(sent).get('subject_token') ?? undefined)
      keep('Google federated token', fieldOf(answered, 'access_token'))
      keep('Google access token', fieldOf(answered, 'accessToken'))
    }),
  ])
  const [awsWindow, azureWindow, googleWindow] = windows
  return {
    urls: { aws: awsWindow.url, azure: azureWindow.url, google: googleWindow.url },
    acceptedToken: () => accepted,
    credentials: () => credentials,
    close: async () => {
      await Promise.all(windows.map((window) => window.close()))
      await clouds.close()
    },
  }
}

function fieldOf(json: string, name: string): string | undefined {
  return new RegExp(`"${name}":"([^"]+)"`).exec(json)?.[1]
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
