/**
 * Access tokens of one application of Entra, each kept fresh from when it was first asked for: Azure's libraries want one
 * for every resource that they speak to.
 */
import { failure } from '../failure.ts'
import { type AccessToken, type ExchangeResult, refuse } from './exchange.ts'
import type { KeptSession, Lent } from './kept-session.ts'

/** Programs speak to a handful; each is exchanged anew for as long as the job runs. */
const MOST_RESOURCES = 30
/** So long a refusal holds for whoever asks again. */
const REFUSED_MS = 15_000

type Opened = ExchangeResult<KeptSession<AccessToken>>

export interface AzureTokens {
  readonly clientId: string
  forResource(resource: string): Promise<ExchangeResult<Lent<AccessToken>>>
  close(): void
}

export interface AzureTokensOptions {
  readonly clientId: string
  readonly open: (resource: string) => Promise<Opened>
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
  readonly over: AbortSignal
}

export function keepAzureTokens({ clientId, open, sleep, over }: AzureTokensOptions): AzureTokens {
  const sessions = new Map<string, Promise<Opened>>()

  function sessionOf(resource: string): Promise<Opened> {
    const held = sessions.get(resource)
    if (held) return held
    const opened = open(resource)
    sessions.set(resource, opened)
    void opened.then(async ({ ok }) => {
      if (ok) return
      await sleep(REFUSED_MS, over)
      sessions.delete(resource)
    })
    return opened
  }

  return {
    clientId,
    async forResource(resource) {
      if (!sessions.has(resource) && sessions.size >= MOST_RESOURCES) {
        const message = `This deployment has access tokens for ${MOST_RESOURCES} resources of Azure, which is the most that one may have.`
        return refuse(failure('azure_refused', message))
      }
      const opened = await sessionOf(resource)
      return opened.ok ? opened.granted.current() : opened
    },
    close() {
      for (const opened of sessions.values()) {
        void opened.then((result) => (result.ok ? result.granted.close() : undefined))
      }
    },
  }
}
