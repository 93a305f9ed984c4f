/**
 * Google's own library with the broker as its URL source: a fresh token of the deployment for each exchange, by the real
 * relay, at the strict local Google.
 */
import { randomBytes } from 'node:crypto'
import { readLocalGoogleConfig } from '@daypass/local-clouds/google/config.ts'
import { startLocalGoogle } from '@daypass/local-clouds/google/local-google.ts'
import { SUBJECT, startTestIssuer } from '@daypass/local-clouds/issuer/issuer-for-tests.ts'
import { ExternalAccountClient } from 'google-auth-library'
import { expect, onTestFinished, test } from 'vitest'
import { openRelayedBroker } from '../runner/harness/relayed-broker.ts'
import { idTokenRoutes, requestVariables } from '../runner/src/job/broker/id-token-request.ts'

const POOL = 'projects/123456/locations/global/workloadIdentityPools/daypass'
const EMAIL = 'shop@acme.iam.gserviceaccount.com'

async function startGoogle() {
  const now = () => new Date()
  const issuer = await startTestIssuer(now)
  const read = readLocalGoogleConfig({
    providers: [
      {
        name: `${POOL}/providers/daypass`,
        oidc: { issuerUri: issuer.url, allowedAudiences: ['acme'] },
        attributeMapping: { 'google.subject': 'assertion.sub' },
      },
    ],
    serviceAccounts: [
      {
        email: EMAIL,
        policy: {
          bindings: [
            {
              role: 'roles/iam.workloadIdentityUser',
              members: [`principal://iam.googleapis.com/${POOL}/subject/${SUBJECT}`],
            },
          ],
        },
      },
    ],
  })
  if (!read.ok) throw new Error(read.sentence)
  const google = await startLocalGoogle({ config: read.config, now, fetch, randomBytes })
  onTestFinished(async () => {
    await Promise.all([google.close(), issuer.close()])
  })
  return { issuer, google }
}

test('a credential configuration that names the request URL becomes the service account, again and again', async () => {
  const { issuer, google } = await startGoogle()
  const minted: string[] = []
  const broker = await openRelayedBroker({
    routes: idTokenRoutes({
      ownAudience: 'acme',
      mint: async (audience) => {
        const token = await issuer.token({ aud: audience, jti: String(minted.length) })
        minted.push(token)
        return {
          kind: 'ok',
          value: { token, subject: SUBJECT, audience, lifetimeSeconds: 900, expiresAt: '' },
        }
      },
    }),
    randomBytes,
    report: (sentence) => {
      throw new Error(sentence)
    },
  })
  onTestFinished(() => broker.close())
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url = '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } =
    requestVariables(broker)

  // As docs/guides/google-cloud.md shows it.
  const configuration = {
    type: 'external_account',
    audience: `//iam.googleapis.com/${POOL}/providers/daypass`,
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${google.url}/v1/token`,
    service_account_impersonation_url: `${google.url}/v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`,
    credential_source: {
      url,
      headers: { Authorization: `Bearer ${token}` },
      format: { type: 'json' as const, subject_token_field_name: 'value' },
    },
  }
  for (const times of [1, 2]) {
    const { token: accessToken } =
      (await ExternalAccountClient.fromJSON(configuration)?.getAccessToken()) ?? {}
    const authorization = `Bearer ${accessToken}`
    const who = await fetch(`${google.url}/oauth2/v3/userinfo`, { headers: { authorization } })
    expect(await who.json()).toMatchObject({ email: EMAIL })
    expect(new Set(minted).size).toBe(times)
  }
})
