/** An access token of the workload identity pool's principal, or of the service account that it may act as. */
import { EXPLANATION_HEADER, readExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { GOOGLE_EXPLANATIONS } from '@daypass/trust/google/explanation.ts'
import { explainGoogleError, type GoogleError } from '@daypass/trust/google/sts-errors.ts'
import {
  CLOUD_PLATFORM_SCOPE,
  federateForm,
  googleErrorIn,
  impersonationUrl,
} from '@daypass/trust/google/token-request.ts'
import { type Answered, ask } from '../ask.ts'
import type { PublishError } from '../mirror.ts'
import type { GoogleTarget } from '../target.ts'
import { type AccessToken, byOurClock, members, type PassServices, passRefused, postForm } from './pass.ts'

export async function googlePass(
  services: PassServices,
  target: GoogleTarget,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { audience, provider, stsUrl, iamUrl, serviceAccount } = target
  const { token, subject } = await services.mint(audience)
  const claims = { iss: services.issuerUrl, sub: subject, aud: audience }
  const tokenService = `Google's token service at ${stsUrl}`
  const form = federateForm(`//iam.googleapis.com/${provider}`, token)
  const answer = await postForm(services, tokenService, { url: `${stsUrl}/v1/token`, body: form }, signal)
  const { access_token: federated, expires_in: seconds } = members(answer)
  if (answer.status !== 200 || typeof federated !== 'string')
    throw refusedBy('sts', tokenService, answer, target, claims)
  const federatedUntil = new Date(services.now().getTime() + Number(seconds ?? 0) * 1000)
  if (serviceAccount === undefined) return { accessToken: federated, goodUntil: federatedUntil }

  const iam = `Google's IAM at ${iamUrl}`
  const headers = { authorization: `Bearer ${federated}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ scope: [CLOUD_PLATFORM_SCOPE] })
  const url = impersonationUrl(iamUrl, serviceAccount)
  const acted = await ask(services.fetch, iam, { method: 'POST', url, headers, body }, signal)
  const { accessToken, expireTime } = members(acted)
  if (acted.status !== 200 || typeof accessToken !== 'string')
    throw refusedBy('impersonation', iam, acted, target, claims)
  return { accessToken, goodUntil: byOurClock(new Date(String(expireTime)), acted.headers, services.now()) }
}

function refusedBy(
  from: GoogleError['from'],
  who: string,
  answer: Answered,
  { provider, serviceAccount = '' }: GoogleTarget,
  claims: { readonly iss: string; readonly sub: string; readonly aud: string },
): PublishError {
  const body = members(answer)
  if (body['error'] === undefined) return passRefused(who, answer, undefined)
  const [, projectNumber = '', , , , poolId = '', , providerId = ''] = provider.split('/')
  const fromLocalCloud = readExplanationHeader(answer.headers.get(EXPLANATION_HEADER), GOOGLE_EXPLANATIONS)
  const asked = { projectNumber, poolId, providerId, serviceAccount, claims }
  return passRefused(
    who,
    answer,
    fromLocalCloud ?? explainGoogleError({ from, ...googleErrorIn(body) }, asked),
  )
}
