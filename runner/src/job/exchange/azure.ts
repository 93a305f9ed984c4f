/**
 * Exchanges a deployment's token at Entra for an access token of an application, per resource. Where the job has the token
 * itself, Azure's providers do this for themselves and ours is a trial, so that a wrong setting fails here, with an
 * explanation, and not ten minutes later in a provider.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential
 */
import type { AzureExchange, IdTokenAnswer, JobIdentity } from '@daypass/contract/job-protocol.ts'
import { jsonObject } from '@daypass/contract/json-object.ts'
import { entraTokenForm, entraTokenUrl } from '@daypass/trust/azure/token-request.ts'
import { failure } from '../failure.ts'
import {
  type AccessToken,
  type Attempt,
  type ExchangeResult,
  type ExchangeServices,
  exchangeToken,
  noAnswer,
  post,
  refusedAttempt,
  strangeAnswer,
} from './exchange.ts'

export interface AzureExchangeOptions extends ExchangeServices {
  readonly identity: Pick<JobIdentity, 'issuerUrl'>
  readonly azure: AzureExchange
  /** Without a slash at its end. */
  readonly authorityUrl: string
  /** Of the resource that is asked for. */
  readonly scope: string
}

export async function requestAzureToken(options: AzureExchangeOptions): Promise<ExchangeResult<AccessToken>> {
  const { azure, authorityUrl } = options
  const endpoint = entraTokenUrl(authorityUrl, azure.tenantId)
  options.say(`Azure application ${azure.clientId}, asking ${endpoint}`)
  const unasked = failure('azure_unreachable', `Entra at ${endpoint} could not be asked.`)
  return exchangeToken(options, unasked, (token) => ask(options, endpoint, token))
}

async function ask(
  options: AzureExchangeOptions,
  endpoint: string,
  token: IdTokenAnswer,
): Promise<Attempt<AccessToken>> {
  const { azure, scope } = options
  const who = `Entra at ${endpoint}`
  const form = entraTokenForm({ clientId: azure.clientId, token: token.token, scope })
  const reply = await post(options, endpoint, { accept: 'application/json' }, form)
  if (typeof reply === 'string') return noAnswer('azure_unreachable', who, reply)
  const body = jsonObject(reply.text)
  const accessToken = body?.['access_token']
  if (reply.status === 200 && typeof accessToken === 'string' && accessToken !== '') {
    options.hide(accessToken)
    return { kind: 'granted', granted: { accessToken, sessionSeconds: Number(body?.['expires_in']) || 0 } }
  }
  if (typeof body?.['error'] !== 'string') return strangeAnswer('azure_unreachable', who, reply.status)

  const { explainAzureRefusal } = await import('./azure-refusal.ts')
  const { issuerUrl } = options.identity
  const explained = explainAzureRefusal(body, reply.headers, { azure, issuerUrl, token })
  return refusedAttempt('azure_refused', reply, token, explained)
}
