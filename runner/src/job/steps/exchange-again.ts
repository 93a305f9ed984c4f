/** An exchange while the job runs: nobody has what it grants before it is hidden and the server can recognize it. */
import type { StepContext } from '../context.ts'
import { type ExchangeResult, refuse } from '../exchange/exchange.ts'
import { tellFingerprints } from '../fingerprints.ts'
import { exchangeServices, type StepExchangeServices } from './exchange-services.ts'

/** @param cloud As in a sentence: `AWS`. */
export async function exchangeAgain<Granted>(
  context: StepContext,
  { cloud, issuerUrl, interrupt }: { cloud: string; issuerUrl: string; interrupt: AbortSignal },
  exchange: (services: StepExchangeServices) => Promise<ExchangeResult<Granted>>,
): Promise<ExchangeResult<Granted>> {
  const credentials: string[] = []
  const said: string[] = []
  const say = (sentence: string) => void said.push(sentence)
  const result = await exchange(exchangeServices(context, issuerUrl, { say, interrupt, credentials }))
  const told = result.ok ? await tellFingerprints(context, credentials) : result.failure
  if (told === undefined) return result
  if (!interrupt.aborted) {
    const log = context.findings.stepLog
    for (const sentence of [`The credentials for ${cloud} could not be renewed:`, ...said]) log?.say(sentence)
    if (result.ok) log?.say(told.message)
  }
  return refuse(told)
}

/** Of a job that may not have the token: then its programs have to ask the broker. */
export async function whyNotLent({ broker }: StepContext): Promise<string | undefined> {
  const opened = (await broker?.opened()) ?? { ok: false, reason: 'there is nobody to ask' }
  if (opened.ok) return undefined
  return `Previews of this stack are read-only, so its programs ask this runner for access tokens, which they cannot here: ${opened.reason}.`
}
