/** What an exchange of this job's needs from its supervisor. */
import type { StepContext } from '../context.ts'
import type { ExchangeServices } from '../exchange/exchange.ts'
import { mintIdToken } from '../identity.ts'

export type StepExchangeServices = ExchangeServices & { readonly identity: { readonly issuerUrl: string } }

export interface ExchangeLife {
  readonly say: (sentence: string) => void
  readonly interrupt: AbortSignal
  /** Filled with what the clouds grant. */
  readonly credentials: string[]
}

export function exchangeServices(
  { services, supervision, plane, redactor }: StepContext,
  issuerUrl: string,
  { say, interrupt, credentials }: ExchangeLife,
): StepExchangeServices {
  return {
    mint: (cloud) =>
      mintIdToken(
        { plane, redactor, pause: services.pause, over: AbortSignal.any([supervision.leaseLost, interrupt]) },
        { purpose: 'exchange', ...(cloud && { cloud }) },
      ),
    fetch: services.fetch,
    pause: services.pause,
    say,
    hide(secret) {
      redactor.add(secret)
      credentials.push(secret)
    },
    interrupt,
    identity: { issuerUrl },
  }
}
