/**
 * Google's part of `Fetch credentials via OIDC`. Google's libraries exchange the job's own token themselves, so this is a
 * trial; where the job may not have that token, the supervisor exchanges it for as long as the job runs.
 */
import type { GoogleExchange } from '@daypass/contract/job-protocol.ts'
import { sleepUntil } from '../../pause.ts'
import { writeGoogleConfiguration } from '../cloud-variables.ts'
import type { StepContext, StepResult } from '../context.ts'
import { type GoogleAccessToken, googleUrls, requestGoogleToken } from '../exchange/google.ts'
import { keepSession } from '../exchange/kept-session.ts'
import { failure } from '../failure.ts'
import { exchangeAgain, whyNotLent } from './exchange-again.ts'
import type { StepExchangeServices } from './exchange-services.ts'

/** @param name Of a further identity. */
export async function fetchGoogle(
  context: StepContext,
  services: StepExchangeServices,
  google: GoogleExchange,
  name: string | undefined,
): Promise<StepResult> {
  const urls = googleUrls(context.settings.cloudUrls)
  const firstFrom = context.services.clock()
  const result = await requestGoogleToken({ ...services, google, urls })
  if (!result.ok) return result.failure
  services.say(
    `Google let the token in as ${google.serviceAccount}; an access token of now is valid until ${result.granted.expiresAt}`,
  )
  if (context.spec.identity?.withheld) {
    return lendGoogleToken(context, services, google, { first: result.granted, firstFrom })
  }
  await writeGoogleConfiguration(context, google, name)
  return undefined
}

async function lendGoogleToken(
  context: StepContext,
  { say, identity }: StepExchangeServices,
  google: GoogleExchange,
  from: { readonly first: GoogleAccessToken; readonly firstFrom: number },
): Promise<StepResult> {
  const closed = await whyNotLent(context)
  if (closed !== undefined) return failure('google_unreachable', closed)
  const { findings, services, supervision, settings } = context
  findings.googleSession = keepSession({
    ...from,
    exchange: (interrupt) =>
      exchangeAgain(context, { cloud: 'Google', issuerUrl: identity.issuerUrl, interrupt }, (again) =>
        requestGoogleToken({ ...again, google, urls: googleUrls(settings.cloudUrls) }),
      ),
    clock: services.clock,
    sleep: sleepUntil,
    over: supervision.leaseLost,
  })
  say('Its access tokens are asked for at this runner, and may do all that it may.')
  return undefined
}
