/** That what was measured is the real thing: tokens that a relying party believes, each with its record. */
import { JOB_ID_TOKEN_PATH } from '@daypass/contract/job-paths.ts'
import type { IdTokenAnswer } from '@daypass/contract/job-protocol.ts'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import type { Database } from '../../../server/src/db/database.ts'

/** @throws when a job does not get a token that our published keys verify. */
export async function checkTokens(baseUrl: string, jobTokens: readonly string[]): Promise<void> {
  const keys = createRemoteJWKSet(new URL(`${baseUrl}/oidc/.well-known/jwks`))
  for (const jobToken of jobTokens) {
    const response = await fetch(`${baseUrl}${JOB_ID_TOKEN_PATH}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${jobToken}`, 'content-type': 'application/json' },
      body: '{"purpose":"exchange"}',
    })
    if (!response.ok) throw new Error(`A job got no token: ${response.status} ${await response.text()}`)
    const { token, audience } = (await response.json()) as IdTokenAnswer
    await jwtVerify(token, keys, { issuer: `${baseUrl}/oidc`, audience, algorithms: ['RS256'] })
  }
}

/** @throws when the audit holds fewer mints than tokens were answered. */
export async function checkRecords(db: Database, rates: readonly number[], seconds: number): Promise<void> {
  const answered = rates.reduce((sum, rate) => sum + rate * seconds, 0)
  const { rows } = await db.query<{ recorded: number }>('select count(*) as recorded from mints')
  const recorded = rows[0]?.recorded ?? 0
  if (recorded < answered) throw new Error(`${Math.round(answered)} tokens, but ${recorded} records.`)
}
