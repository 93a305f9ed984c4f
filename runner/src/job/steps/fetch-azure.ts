/**
 * Azure's part of `Fetch credentials via OIDC`. Azure's libraries exchange the job's own token themselves, so this is a
 * trial; where the job may not have that token, the supervisor exchanges it for each resource that a program asks for.
 */
import type { AzureExchange } from '@daypass/contract/job-protocol.ts'
import { sleepUntil } from '../../pause.ts'
import { azureCloudOf } from '../cloud-variables.ts'
import type { StepContext, StepResult } from '../context.ts'
import { requestAzureToken } from '../exchange/azure.ts'
import { keepAzureTokens } from '../exchange/azure-tokens.ts'
import { keepSession } from '../exchange/kept-session.ts'
import { failure } from '../failure.ts'
import { exchangeAgain, whyNotLent } from './exchange-again.ts'
import type { StepExchangeServices } from './exchange-services.ts'

export async function fetchAzure(
  context: StepContext,
  services: StepExchangeServices,
  azure: AzureExchange,
): Promise<StepResult> {
  const { authorityUrl, scope } = azureCloudOf(context)
  const result = await requestAzureToken({ ...services, azure, authorityUrl, scope })
  if (!result.ok) return result.failure
  services.say(`Entra let the token in as the application ${azure.clientId} of the tenant ${azure.tenantId}`)
  return context.spec.identity?.withheld ? lendAzureTokens(context, services, azure) : undefined
}

async function lendAzureTokens(
  context: StepContext,
  { say, identity }: StepExchangeServices,
  azure: AzureExchange,
): Promise<StepResult> {
  const closed = await whyNotLent(context)
  if (closed !== undefined) return failure('azure_unreachable', closed)
  const { clock } = context.services
  const over = context.supervision.leaseLost
  const exchange = (resource: string) => (interrupt: AbortSignal) =>
    exchangeAgain(context, { cloud: 'Azure', issuerUrl: identity.issuerUrl, interrupt }, (services) => {
      const { authorityUrl } = azureCloudOf(context)
      return requestAzureToken({ ...services, azure, authorityUrl, scope: `${resource}/.default` })
    })
  context.findings.azureTokens = keepAzureTokens({
    clientId: azure.clientId,
    async open(resource) {
      const firstFrom = clock()
      const first = await exchange(resource)(over)
      if (!first.ok) return first
      const session = keepSession({
        first: first.granted,
        firstFrom,
        exchange: exchange(resource),
        clock,
        sleep: sleepUntil,
        over,
      })
      return { ok: true, granted: session }
    },
    sleep: sleepUntil,
    over,
  })
  say(
    'Its access tokens are asked for at IDENTITY_ENDPOINT, as a managed identity’s, and may do all that it may.',
  )
  return undefined
}
