/** An access token of the publisher's application, for Azure Storage. */
import { explainEntraError } from '@daypass/trust/azure/entra-errors.ts'
import { AZURE_EXPLANATIONS } from '@daypass/trust/azure/explanation.ts'
import { entraErrorCodes, entraTokenForm, entraTokenUrl } from '@daypass/trust/azure/token-request.ts'
import { EXPLANATION_HEADER, readExplanationHeader } from '@daypass/trust/explanation-header.ts'
import type { AzureTarget } from '../target.ts'
import { type AccessToken, members, type PassServices, passRefused, postForm } from './pass.ts'

/**
 * The same in every Azure cloud.
 *
 * @see https://learn.microsoft.com/rest/api/storageservices/authorize-with-azure-active-directory
 */
const STORAGE_SCOPE = 'https://storage.azure.com/.default'

export async function azurePass(
  services: PassServices,
  { tenantId, clientId, audience, authorityUrl }: AzureTarget,
  signal: AbortSignal,
): Promise<AccessToken> {
  const { token, subject } = await services.mint(audience)
  const url = entraTokenUrl(authorityUrl, tenantId)
  const who = `Entra at ${url}`
  const form = entraTokenForm({ clientId, token, scope: STORAGE_SCOPE })
  const answer = await postForm(services, who, { url, body: form }, signal)
  const body = members(answer)
  const { access_token: accessToken, expires_in: seconds } = body
  if (answer.status === 200 && typeof accessToken === 'string') {
    return { accessToken, goodUntil: new Date(services.now().getTime() + Number(seconds ?? 0) * 1000) }
  }
  if (typeof body['error'] !== 'string') throw passRefused(who, answer, undefined)
  const description = String(body['error_description'] ?? '')
  const codes = entraErrorCodes(body['error_codes'], description)
  const claims = { iss: services.issuerUrl, sub: subject, aud: audience }
  const fromLocalCloud = readExplanationHeader(answer.headers.get(EXPLANATION_HEADER), AZURE_EXPLANATIONS)
  const explained =
    fromLocalCloud ??
    explainEntraError({ error: body['error'], codes, description }, { clientId, tenantId, claims })
  throw passRefused(who, answer, explained)
}
