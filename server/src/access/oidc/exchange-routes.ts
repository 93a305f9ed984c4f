/** `POST /api/oauth/token`: `pulumi login --oidc-token`, and whoever does the same by hand. A form, or JSON. */
import { TokenRequest, TokenResponse } from '@daypass/contract/oidc-login.ts'
import { TOKEN_PATH } from '@daypass/contract/token-exchange.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { EdgeRefusal } from '../../http/errors.ts'
import { refuse } from '../../refuse.ts'
import { failedTooOften } from '../failed-authentication.ts'
import type { FailureLimit } from '../failure-limit.ts'
import { type ExchangeServices, exchangeToken } from './exchange.ts'
import { isOauthError, type OauthError, readTokenRequest } from './token-request.ts'

/** A token, and a few words. */
const BODY_BYTES = 32 * 1024

export function exchangeRoutes(
  app: FastifyInstance,
  services: ExchangeServices & { readonly failures: FailureLimit },
): void {
  app.register(async (scope) => {
    scope.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string', bodyLimit: BODY_BYTES },
      async (_request: FastifyRequest, text: string) => readForm(text),
    )

    scope.post<{ Body: TokenRequest }>(
      TOKEN_PATH,
      {
        schema: {
          operationId: 'exchangeToken',
          summary: 'Exchange a token of a registered issuer for an access token (RFC 8693)',
          tags: ['OIDC logins'],
          body: TokenRequest,
          response: { 200: TokenResponse },
        },
        config: { public: true, bodyBytes: BODY_BYTES },
      },
      async (request, reply) => {
        reply.header('cache-control', 'no-store')
        const read = readTokenRequest(request.body)
        if (isOauthError(read)) return oauthError(reply, read)
        const exchanged = await exchangeToken(services, read)
        if (isOauthError(exchanged)) {
          const isFailure = exchanged.error === 'invalid_grant'
          const tooOften = isFailure ? failedTooOften(services.failures, request, reply) : undefined
          return tooOften ? refuse(reply, tooOften) : oauthError(reply, exchanged)
        }
        return {
          access_token: exchanged.tokenValue,
          issued_token_type: read.tokenType,
          token_type: 'token',
          expires_in: exchanged.expiresInSeconds,
          scope: read.scope,
        }
      },
    )
  })
}

/** A name that stands twice has two meanings. */
function readForm(text: string): Record<string, string> {
  const fields = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(text)) {
    if (fields.has(name))
      throw new EdgeRefusal(
        400,
        'invalid_request',
        `The form has the field ${JSON.stringify(name.slice(0, 50))} twice.`,
      )
    fields.set(name, value)
  }
  return Object.fromEntries(fields)
}

/** As RFC 6749 has it, and as all our refusals have it. */
function oauthError(reply: FastifyReply, { error, sentence }: OauthError): FastifyReply {
  const code = error === 'temporarily_unavailable' ? 503 : 400
  return reply.code(code).send({ error, error_description: sentence, code, message: sentence, reason: error })
}
