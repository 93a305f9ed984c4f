/**
 * Google's access tokens on request, in the shape of its own token service: for previews whose programs may not have the
 * token that Google takes. Google's libraries bring the job's request token as the subject token, and come again before
 * the access token ends.
 *
 * @see https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token
 */
import { join } from 'node:path'
import type { GoogleExchange } from '@daypass/contract/job-protocol.ts'
import type { Job } from '../../launch/launcher.ts'
import type { JobContext } from '../context.ts'
import type { AccessToken } from '../exchange/exchange.ts'
import { brokeredConfiguration } from '../exchange/google.ts'
import type { KeptSession } from '../exchange/kept-session.ts'
import { writeForJob } from '../identity.ts'
import { type BrokerAddress, type BrokerRoutes, refusal } from './broker.ts'

const PATH = '/google-access-token'
const REQUEST_FILE = 'google-request-token'
const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** @param session Undefined while there is none. */
export function googleAccessTokenRoutes(session: () => KeptSession<AccessToken> | undefined): BrokerRoutes {
  return {
    [`POST ${PATH}`]: async ({ form }) => {
      if (form.get('grant_type') !== GRANT) return denied(400, 'Exchange a token here.')
      const answer = await session()?.current()
      if (answer === undefined)
        return denied(404, 'This deployment has no access to Google that is asked for here.')
      if (!answer.ok) return denied(403, answer.failure.message)
      const { credentials, secondsLeft } = answer.granted
      const body = {
        access_token: credentials.accessToken,
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        token_type: 'Bearer',
        expires_in: Math.floor(secondsLeft),
      }
      return { status: 200, body }
    },
  }
}

/** The credential configuration of such a job. Holds no secret: what is presented lies in a file. */
export function brokeredGoogleConfiguration(
  { paths }: Pick<JobContext, 'paths'>,
  broker: BrokerAddress,
  google: GoogleExchange,
): object {
  return brokeredConfiguration(google, `${broker.url}${PATH}`, join(paths.identity, REQUEST_FILE))
}

export async function writeGoogleRequestToken(job: Job, { requestToken }: BrokerAddress): Promise<void> {
  await writeForJob(job, REQUEST_FILE, requestToken)
}

function denied(status: number, message: string) {
  const { body } = refusal(status, message)
  return { status, body: { ...body, error: 'invalid_grant', error_description: message } }
}
