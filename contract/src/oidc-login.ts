/**
 * Logins with the tokens of other issuers, as Pulumi's API has them: issuers, their policies, and the exchange.
 *
 * Owns: paths and shapes. Does not own: which token is worth what (server/access/oidc).
 */
import { type Static, type TSchema, Type } from 'typebox'

export const ISSUERS_PATH = '/api/orgs/:organization/oidc/issuers'
export const ISSUER_PATH = `${ISSUERS_PATH}/:issuerId`
export const AUTH_POLICIES_PATH = '/api/orgs/:organization/auth/policies'

const maybe = <Schema extends TSchema>(schema: Schema) => Type.Optional(Type.Union([schema, Type.Null()]))

const IssuerName = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$',
  description: 'Letters, digits, "_", "." and "-", beginning with a letter or digit; at most 100.',
})
const Thumbprints = Type.Array(Type.String({ maxLength: 100 }), {
  maxItems: 20,
  description:
    'SHA-256 of certificates, in hexadecimal: one of them must be shown. None: as the system trusts.',
})
const MaxExpiration = Type.Integer({
  minimum: 0,
  maximum: 63_072_000,
  description: 'The longest that a token may live, in seconds; 0: not given, which is 25 hours.',
})
const KeySet = Type.Object(
  { keys: Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 100 }) },
  { additionalProperties: true, description: 'The issuer’s public keys, for one that cannot be reached.' },
)

export const RegisterIssuerRequest = Type.Object(
  {
    name: IssuerName,
    url: Type.String({ maxLength: 300 }),
    thumbprints: maybe(Thumbprints),
    maxExpiration: maybe(MaxExpiration),
    jwks: maybe(KeySet),
  },
  { title: 'OidcIssuerRegistrationRequest', additionalProperties: false },
)
export type RegisterIssuerRequest = Static<typeof RegisterIssuerRequest>

export const UpdateIssuerRequest = Type.Object(
  {
    name: maybe(IssuerName),
    thumbprints: maybe(Thumbprints),
    maxExpiration: maybe(MaxExpiration),
    jwks: maybe(KeySet),
  },
  { title: 'OidcIssuerUpdateRequest', additionalProperties: false },
)
export type UpdateIssuerRequest = Static<typeof UpdateIssuerRequest>

export const OidcIssuer = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    url: Type.String(),
    issuer: Type.String({ description: 'The `iss` of its tokens.' }),
    thumbprints: Type.Array(Type.String()),
    jwks: Type.Optional(KeySet),
    maxExpiration: Type.Optional(Type.Integer()),
    created: Type.String(),
    modified: Type.String(),
    lastUsed: Type.Optional(Type.String()),
  },
  { title: 'OidcIssuerRegistrationResponse' },
)
export type OidcIssuer = Static<typeof OidcIssuer>

export const ListIssuersResponse = Type.Object(
  { oidcIssuers: Type.Array(OidcIssuer) },
  { title: 'ListOidcIssuersResponse' },
)

export const AuthPolicyDefinition = Type.Object(
  {
    decision: Type.String({ description: 'allow or deny.' }),
    tokenType: Type.String({ description: 'organization, team, personal or runner.' }),
    teamName: maybe(Type.String()),
    userLogin: maybe(Type.String()),
    runnerID: maybe(Type.String()),
    roleID: maybe(Type.String()),
    authorizedPermissions: maybe(Type.Array(Type.String())),
    rules: maybe(Type.Record(Type.String(), Type.Unknown())),
  },
  { title: 'AuthPolicyDefinition', additionalProperties: false },
)
export type AuthPolicyDefinition = Static<typeof AuthPolicyDefinition>

export const AuthPolicy = Type.Object(
  {
    id: Type.String(),
    version: Type.Integer(),
    created: Type.String(),
    modified: Type.String(),
    policies: Type.Array(AuthPolicyDefinition),
  },
  { title: 'AuthPolicy' },
)
export type AuthPolicy = Static<typeof AuthPolicy>

export const UpdateAuthPolicyRequest = Type.Object(
  { policies: Type.Array(AuthPolicyDefinition) },
  { title: 'AuthPolicyUpdateRequest', additionalProperties: false },
)
export type UpdateAuthPolicyRequest = Static<typeof UpdateAuthPolicyRequest>

/** RFC 8693, as a form or as JSON. */
export const TokenRequest = Type.Object(
  {
    grant_type: maybe(Type.String()),
    audience: maybe(Type.String()),
    subject_token: maybe(Type.String()),
    subject_token_type: maybe(Type.String()),
    requested_token_type: maybe(Type.String()),
    scope: maybe(Type.String()),
    expiration: Type.Optional(Type.Union([Type.Integer(), Type.String(), Type.Null()])),
  },
  { title: 'TokenExchangeGrantRequest', additionalProperties: true },
)
export type TokenRequest = Static<typeof TokenRequest>

export const TokenResponse = Type.Object(
  {
    access_token: Type.String(),
    issued_token_type: Type.String(),
    token_type: Type.String(),
    expires_in: Type.Integer(),
    scope: Type.String(),
  },
  { title: 'TokenExchangeGrantResponse' },
)

/** Ours: policies are tried without a token. */
export const TRY_LOGIN_PATH = '/api/daypass/orgs/:organization/oidc/issuers/:issuerId/try'

export const TryLoginRequest = Type.Object(
  {
    claims: Type.Record(Type.String(), Type.Unknown(), {
      description: 'Of the token. Its signature and its times are not tried.',
    }),
    tokenType: Type.String({ description: 'organization, team, personal or runner.' }),
    scope: maybe(
      Type.String({ description: 'As it is asked for: admin, team:…, user:…, runner:… or nothing.' }),
    ),
  },
  { title: 'TryOidcLoginRequest', additionalProperties: false },
)
export type TryLoginRequest = Static<typeof TryLoginRequest>

export const TryLoginResponse = Type.Object(
  {
    allowed: Type.Boolean(),
    version: Type.Integer({ description: 'Of the policies.' }),
    policies: Type.Array(
      Type.Object({
        decision: Type.String(),
        applies: Type.Boolean(),
        reasons: Type.Array(Type.String(), { description: 'Why it does not apply.' }),
      }),
      { description: 'In their order.' },
    ),
  },
  { title: 'TryOidcLoginResponse' },
)
