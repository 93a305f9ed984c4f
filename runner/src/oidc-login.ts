/**
 * The pool tokens of a runner that stores none: each is given for the ID token that something else keeps fresh in a file (a
 * Kubernetes service account token, for one), and exchanged for the next one when half of its life is over.
 *
 * Owns: when to exchange. Does not own: the file, which is read anew each time, nor who lets the runner in.
 */
import { readFile } from 'node:fs/promises'
import {
  ACCESS_TOKEN_TYPE_PREFIX,
  audienceOf,
  EXCHANGE_GRANT,
  ID_TOKEN_TYPE,
  TOKEN_PATH,
} from '@daypass/contract/token-exchange.ts'
import type { PoolToken } from '@daypass/contract/tokens.ts'
import type { Answer, PoolTokens } from './control-plane.ts'
import type { OidcLoginOptions, RunnerOptions } from './options.ts'
import { isPoolToken } from './pool-token.ts'

const EXCHANGE_TIMEOUT_SECONDS = 20

interface Held {
  readonly token: PoolToken
  readonly renewAt: number
  readonly endsAt: number
}

/** @param options With an `idTokenFile`. */
export function exchangedTokens(
  { server, poolToken }: Pick<RunnerOptions, 'server' | 'poolToken'>,
  fetch: typeof globalThis.fetch,
  now: () => Date,
): PoolTokens {
  if (!('idTokenFile' in poolToken)) throw new Error('This runner was given a pool token.')
  const url = server.href.replace(/\/+$/, '') + TOKEN_PATH
  let held: Held | undefined
  let exchanging: Promise<Answer<PoolToken>> | undefined

  const exchangeNow = async (signal: AbortSignal): Promise<Answer<PoolToken>> => {
    const askedAt = now().getTime()
    const answer = await exchange(url, poolToken, fetch, signal)
    if (answer.kind !== 'ok') {
      // Its issuer may be out of reach for a while, and the old token is good as long as it lives.
      return held !== undefined && held.endsAt > now().getTime() ? { kind: 'ok', value: held.token } : answer
    }
    const { token, expiresInSeconds } = answer.value
    held = {
      token,
      renewAt: askedAt + expiresInSeconds * 500,
      endsAt: askedAt + expiresInSeconds * 1000,
    }
    return { kind: 'ok', value: token }
  }

  return {
    async current(signal) {
      if (held !== undefined && held.renewAt > now().getTime()) return { kind: 'ok', value: held.token }
      exchanging ??= exchangeNow(signal).finally(() => {
        exchanging = undefined
      })
      return exchanging
    },
    ended(token) {
      if (held?.token === token) held = undefined
      return true
    },
  }
}

interface Exchanged {
  readonly token: PoolToken
  readonly expiresInSeconds: number
}

async function exchange(
  url: string,
  { idTokenFile, organization, pool }: OidcLoginOptions,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<Answer<Exchanged>> {
  let idToken: string
  try {
    idToken = (await readFile(idTokenFile, 'utf8')).trim()
  } catch (error) {
    return refused(0, `The ID token cannot be read from ${idTokenFile}: ${(error as Error).message}`)
  }
  let status: number
  let text: string
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify({
        grant_type: EXCHANGE_GRANT,
        audience: audienceOf(organization),
        subject_token: idToken,
        subject_token_type: ID_TOKEN_TYPE,
        requested_token_type: `${ACCESS_TOKEN_TYPE_PREFIX}runner`,
        scope: `runner:${pool}`,
      }),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(EXCHANGE_TIMEOUT_SECONDS * 1000)]),
    })
    status = response.status
    text = await response.text()
  } catch (error) {
    return { kind: 'away', reason: `its login failed: ${(error as Error).message}` }
  }
  if (status >= 500 || status === 408 || status === 429)
    return { kind: 'away', reason: `it answered ${status} to a login` }
  const { access_token: token, expires_in: seconds, message } = fieldsOf(text)
  if (status !== 200)
    return refused(status, typeof message === 'string' ? message : `The server answered ${status}.`)
  if (typeof token !== 'string' || !isPoolToken(token) || typeof seconds !== 'number' || seconds <= 0)
    return { kind: 'away', reason: 'it answered a login with something that this runner does not know' }
  return { kind: 'ok', value: { token, expiresInSeconds: seconds } }
}

function refused(status: number, sentence: string): Answer<never> {
  return { kind: 'refused', status, reason: 'login_refused', sentence }
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}
