/**
 * AWS's credentials on request, in the shape that containers of AWS have them: every SDK and tool of AWS asks there, and
 * asks again before they end. Static variables beat this in all of them, so a job has the one or the other.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
 */
import type { Environment } from '../environment.ts'
import type { AwsCredentials } from '../exchange/aws.ts'
import type { KeptSession } from '../exchange/kept-session.ts'
import { type BrokerAddress, type BrokerRoutes, refusal } from './broker.ts'

const PATH = '/aws-credentials'

/**
 * @param session Undefined while there is none.
 * @param now The clock of this machine, which is the one that the program compares with.
 */
export function awsCredentialRoutes(
  session: () => KeptSession<AwsCredentials> | undefined,
  now: () => Date,
): BrokerRoutes {
  return {
    [`GET ${PATH}`]: async () => {
      const answer = await session()?.current()
      if (answer === undefined) return refusal(404, 'This deployment has no AWS session that is renewed.')
      if (!answer.ok) {
        const { status, body } = refusal(403, answer.failure.message)
        // AWS's SDKs for JavaScript and Java show what is under these names.
        return { status, body: { ...body, Code: answer.failure.code, Message: answer.failure.message } }
      }
      const { credentials, secondsLeft } = answer.granted
      const body = {
        AccessKeyId: credentials.accessKeyId,
        SecretAccessKey: credentials.secretAccessKey,
        Token: credentials.sessionToken,
        Expiration: wholeSeconds(new Date(now().getTime() + secondsLeft * 1000)),
      }
      return { status: 200, body }
    },
  }
}

/** SDKs send the token as it is written here. */
export function awsCredentialVariables({ url, requestToken }: BrokerAddress): Environment {
  return {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}${PATH}`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: `Bearer ${requestToken}`,
  }
}

function wholeSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z')
}
