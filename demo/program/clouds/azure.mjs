// Exchanges the deployment's token at Entra, as Azure's libraries do, and asks Azure whose subscription this is.
// By hand, so that the demo needs no package:
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
import { readFile } from 'node:fs/promises'
import { answerOf } from './answer.mjs'

const { ARM_CLIENT_ID, ARM_TENANT_ID, ARM_SUBSCRIPTION_ID, ARM_OIDC_TOKEN_FILE_PATH } = process.env
const { AZURE_AUTHORITY_HOST, AZURE_URL = 'https://management.azure.com' } = process.env

const { access_token } = await answerOf(
  await fetch(`${AZURE_AUTHORITY_HOST}/${ARM_TENANT_ID}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: ARM_CLIENT_ID,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await readFile(ARM_OIDC_TOKEN_FILE_PATH, 'utf8'),
      scope: 'https://management.azure.com/.default',
    }),
  }),
)
const subscription = await answerOf(
  await fetch(`${AZURE_URL}/subscriptions/${ARM_SUBSCRIPTION_ID}`, {
    headers: { authorization: `Bearer ${access_token}` },
  }),
)
process.stdout.write(`application ${subscription.managedBy} on ${subscription.id}`)
