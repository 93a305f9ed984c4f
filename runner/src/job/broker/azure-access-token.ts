/**
 * Azure's access tokens on request, in the shape that App Service has them for its managed identities: for previews whose
 * programs may not have the token that Entra takes. Microsoft's SDKs, the Azure CLI and Pulumi's providers ask there per
 * resource, and ask again before a token ends.
 *
 * @see https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
import type { AzureExchange } from '@daypass/contract/job-protocol.ts'
import type { Environment } from '../environment.ts'
import type { AzureTokens } from '../exchange/azure-tokens.ts'
import { type BrokerAddress, type BrokerRoutes, refusal, urlWithToken } from './broker.ts'

const PATH = '/azure-access-token'

/** An address, or the id of an application: never two of them, nor a scope. */
const RESOURCE = /^(?:(?:https|api):\/\/[A-Za-z0-9.-]{1,200}(?:\/[A-Za-z0-9._~/-]{0,200})?|[0-9a-f-]{36})$/

/** @param tokens Undefined while there are none. */
export function azureAccessTokenRoutes(tokens: () => AzureTokens | undefined, now: () => Date): BrokerRoutes {
  return {
    [`GET ${PATH}`]: async ({ query }) => {
      const held = tokens()
      if (held === undefined)
        return denied(404, 'This deployment has no access to Azure that is asked for here.')
      const resource = query.get('resource') ?? ''
      if (!RESOURCE.test(resource))
        return denied(400, 'Say for which resource, such as https://management.azure.com.')
      const clientId = query.get('client_id')
      if (clientId !== null && clientId.toLowerCase() !== held.clientId.toLowerCase()) {
        return denied(400, `Previews of this stack act as the application ${held.clientId} and no other.`)
      }
      const answer = await held.forResource(resource)
      if (!answer.ok) return denied(403, answer.failure.message)
      const { credentials, secondsLeft } = answer.granted
      const body = {
        access_token: credentials.accessToken,
        client_id: held.clientId,
        // As text, as Azure has them: some libraries read nothing else.
        expires_in: String(Math.floor(secondsLeft)),
        expires_on: String(Math.floor(now().getTime() / 1000 + secondsLeft)),
        resource,
        token_type: 'Bearer',
      }
      return { status: 200, body }
    },
  }
}

/** `IDENTITY_…` is what Microsoft's SDKs read, `ARM_…` what Azure's providers do, some of which can send no header. */
export function azureAccessTokenVariables(broker: BrokerAddress, azure: AzureExchange): Environment {
  return {
    ARM_USE_MSI: 'true',
    ARM_MSI_ENDPOINT: urlWithToken(broker, PATH),
    ARM_CLIENT_ID: azure.clientId,
    ARM_TENANT_ID: azure.tenantId,
    ...(azure.subscriptionId !== null && { ARM_SUBSCRIPTION_ID: azure.subscriptionId }),
    IDENTITY_ENDPOINT: `${broker.url}${PATH}`,
    IDENTITY_HEADER: broker.requestToken,
    AZURE_CLIENT_ID: azure.clientId,
    AZURE_TENANT_ID: azure.tenantId,
    ...(azure.subscriptionId !== null && { AZURE_SUBSCRIPTION_ID: azure.subscriptionId }),
  }
}

function denied(status: number, message: string) {
  const { body } = refusal(status, message)
  // Microsoft's libraries show what is under these names.
  return { status, body: { ...body, error: 'invalid_request', error_description: message, message } }
}
