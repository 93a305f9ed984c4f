/**
 * A token on request, in the shape that GitHub Actions has it: `GET <url>&audience=<audience>` with the request token,
 * answered with `{"value": "<token>"}`. Many programs ask that way when these two variables are there.
 *
 * Each request gets a fresh token, for some relying parties take one only once. For whom is the server's to decide.
 *
 * @see https://docs.github.com/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
 */
import type { IdTokenAnswer } from '@daypass/contract/job-protocol.ts'
import type { Answer } from '../../control-plane.ts'
import type { Environment } from '../environment.ts'
import {
  type BrokerAddress,
  type BrokerAnswer,
  type BrokerRoute,
  type BrokerRoutes,
  refusal,
} from './broker.ts'

/** More than any job needs; each is remembered until the job ends, so that the log can hide it. */
const MOST_TOKENS = 300
/** Each of them is a call to the server. */
const MOST_AT_ONCE = 8
const LONGEST_AUDIENCE = 600

const PATH = '/id-token'
/** For Azure's providers: some of them replace the audience in the query by one of their own. */
const AZURE_PATH = '/id-token/azure'

export interface IdTokenRequestOptions {
  /** Of a request that names none. Null: it must name one. */
  readonly ownAudience: string | null
  readonly mint: (audience: string) => Promise<Answer<IdTokenAnswer>>
}

export function idTokenRoutes({ ownAudience, mint }: IdTokenRequestOptions): BrokerRoutes {
  let minted = 0
  let running = 0

  async function tokenFor(audience: string): Promise<BrokerAnswer> {
    if (minted >= MOST_TOKENS) {
      return refusal(
        429,
        `This deployment has had ${MOST_TOKENS} tokens, which is the most that one may have.`,
      )
    }
    if (running >= MOST_AT_ONCE) return refusal(429, `At most ${MOST_AT_ONCE} requests at once; ask again.`)
    minted += 1
    running += 1
    const answer = await mint(audience).finally(() => {
      running -= 1
    })
    switch (answer.kind) {
      case 'ok':
        return { status: 200, body: { value: answer.value.token } }
      case 'refused':
        return refusal(answer.status, answer.sentence)
      case 'lost':
        return refusal(403, answer.sentence)
      case 'away':
        return refusal(503, `The Daypass server does not answer: ${answer.reason}.`)
    }
  }

  const byQuery: BrokerRoute = async ({ query }) => {
    const [audience = ownAudience, ...more] = query.getAll('audience')
    if (audience === null) return refusal(400, 'Say for whom, with the query parameter "audience".')
    if (more.length > 0) return refusal(400, 'One token is for one audience; "audience" is there twice.')
    if (audience === '' || audience.length > LONGEST_AUDIENCE) {
      return refusal(400, `An audience has 1 to ${LONGEST_AUDIENCE} characters.`)
    }
    return tokenFor(audience)
  }

  return {
    [`GET ${PATH}`]: byQuery,
    ...(ownAudience !== null && { [`GET ${AZURE_PATH}`]: () => tokenFor(ownAudience) }),
  }
}

/** Programs append `&audience=…`, so there must be a query already, as there is at GitHub. */
export function requestVariables({ url, requestToken }: BrokerAddress): Environment {
  return {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${url}${PATH}?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
  }
}

/** What Azure's providers read of it. They prefer the token's file, and ask here if they are told to leave it. */
export function azureRequestVariables({ url, requestToken }: BrokerAddress, audience: string): Environment {
  return {
    ARM_OIDC_REQUEST_URL: `${url}${AZURE_PATH}?audience=${encodeURIComponent(audience)}`,
    ARM_OIDC_REQUEST_TOKEN: requestToken,
    ARM_OIDC_AUDIENCE: audience,
  }
}
