/**
 * Access tokens of people, organizations and teams, as Pulumi's API has them.
 *
 * Owns: paths and shapes. Does not own: what a token may do (server/access).
 */
import { type Static, Type } from 'typebox'
import { ORGANIZATION_PATH, TEAM_PATH } from './organizations.ts'

export const USER_TOKENS_PATH = '/api/user/tokens'
export const ORGANIZATION_TOKENS_PATH = `${ORGANIZATION_PATH}/tokens`
export const TEAM_TOKENS_PATH = `${TEAM_PATH}/tokens`

const maybe = <Schema extends Parameters<typeof Type.Optional>[0]>(schema: Schema) =>
  Type.Optional(Type.Union([schema, Type.Null()]))

const common = {
  description: Type.String({ maxLength: 200 }),
  /** Unix time in seconds; 0, null or absent: never. */
  expires: maybe(Type.Integer({ minimum: 0, maximum: 253_402_300_799 })),
}
/** No colon and no slash: what a token did is noted under `organization/team:name`. */
const Name = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9 _.-]{0,39}$' })

export const CreatePersonalTokenRequest = Type.Object(common, {
  additionalProperties: false,
  title: 'CreatePersonalAccessTokenRequest',
})
export type CreatePersonalTokenRequest = Static<typeof CreatePersonalTokenRequest>

export const CreateOrganizationTokenRequest = Type.Object(
  { ...common, name: Name, admin: maybe(Type.Boolean()), roleID: Type.Optional(Type.Null()) },
  { additionalProperties: false, title: 'CreateOrgAccessTokenRequest' },
)
export type CreateOrganizationTokenRequest = Static<typeof CreateOrganizationTokenRequest>

export const CreateTeamTokenRequest = Type.Object(
  { ...common, name: Name },
  { additionalProperties: false, title: 'CreateTeamAccessTokenRequest' },
)
export type CreateTeamTokenRequest = Static<typeof CreateTeamTokenRequest>

export const CreateAccessTokenResponse = Type.Object(
  {
    id: Type.String(),
    /** Shown this once. */
    tokenValue: Type.String(),
  },
  { title: 'CreateAccessTokenResponse' },
)
export type CreateAccessTokenResponse = Static<typeof CreateAccessTokenResponse>

export const AccessToken = Type.Object(
  {
    id: Type.String(),
    /** Empty for a person's. */
    name: Type.String(),
    description: Type.String(),
    created: Type.String(),
    /** Unix seconds, to the minute; 0: never. */
    lastUsed: Type.Integer(),
    /** Unix seconds; 0: never. */
    expires: Type.Integer(),
    admin: Type.Boolean(),
    /** A login; empty when it was given for a token of another issuer. */
    createdBy: Type.String(),
    type: Type.Union([Type.Literal('personal'), Type.Literal('organization'), Type.Literal('team')]),
  },
  { title: 'AccessToken' },
)
export type AccessToken = Static<typeof AccessToken>

export const ListAccessTokensResponse = Type.Object(
  { tokens: Type.Array(AccessToken) },
  { title: 'ListAccessTokensResponse' },
)
