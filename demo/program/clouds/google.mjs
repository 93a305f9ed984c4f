// Exchanges the deployment's token at Google, as Google's libraries do, and asks who the service account is.
// By hand, so that the demo needs no package: https://google.aip.dev/auth/4117
import { readFile } from 'node:fs/promises'
import { answerOf } from './answer.mjs'

const { GOOGLE_APPLICATION_CREDENTIALS, GOOGLE_URL = 'https://openidconnect.googleapis.com' } = process.env
const scope = 'https://www.googleapis.com/auth/cloud-platform'
const credentials = JSON.parse(await readFile(GOOGLE_APPLICATION_CREDENTIALS, 'utf8'))

const { access_token } = await answerOf(
  await fetch(credentials.token_url, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: credentials.subject_token_type,
      subject_token: await readFile(credentials.credential_source.file, 'utf8'),
      audience: credentials.audience,
      scope,
    }),
  }),
)
const { accessToken } = await answerOf(
  await fetch(credentials.service_account_impersonation_url, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ scope: [scope] }),
  }),
)
const who = await answerOf(
  await fetch(`${GOOGLE_URL}/oauth2/v3/userinfo`, { headers: { authorization: `Bearer ${accessToken}` } }),
)
process.stdout.write(who.email)
