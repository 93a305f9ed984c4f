/** Access tokens as Pulumi's API has them. Owns: paths and shapes. Does not own: what a token may do (server/access). */
import { type Static, type TSchema, Type } from 'typebox'

export const PERSONAL_TOKENS_PATH = '/api/user/tokens'
export const ORGANIZATION_TOKENS_PATH = '/api/orgs/:organization/tokens'
export const TEAM_TOKENS_PATH = '/api/orgs/:organization/teams/:team/tokens'

const maybe = <Schema extends TSchema>(schema: Schema) => Type.Optional(Type.Union([schema, Type.Null()]))

const Description = Type.String({ maxLength: 200 })
const Expires = maybe(
  Type.Integer({
    minimum: 0,
    maximum: 253_402_300_799,
    description: 'Seconds since 1970, at most 2 years ahead; 0, null or absent: never.',
  }),
)
const Name = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9_. -]{0,39}$',
  description:
    'At most 40 letters, digits, blanks, "_", "." and "-"; no other token of the organization may ever have had it.',
})

export const CreatePersonalTokenRequest = Type.Object(
  { description: Description, expires: Expires },
  { title: 'CreatePersonalAccessTokenRequest', additionalProperties: false },
)
export type CreatePersonalTokenRequest = Static<typeof CreatePersonalTokenRequest>

export const CreateOrganizationTokenRequest = Type.Object(
  {
    name: Name,
    description: maybe(Description),
    expires: Expires,
    admin: maybe(Type.Boolean()),
    roleID: maybe(Type.Literal('')),
  },
  { title: 'CreateOrgAccessTokenRequest', additionalProperties: false },
)
export type CreateOrganizationTokenRequest = Static<typeof CreateOrganizationTokenRequest>

export const CreateTeamTokenRequest = Type.Object(
  { name: Name, description: maybe(Description), expires: Expires },
  { title: 'CreateTeamAccessTokenRequest', additionalProperties: false },
)
export type CreateTeamTokenRequest = Static<typeof CreateTeamTokenRequest>

/** The value is shown this once. */
export const CreateTokenResponse = Type.Object(
  { id: Type.String(), tokenValue: Type.String() },
  { title: 'CreateAccessTokenResponse' },
)

export const AccessTokenInfo = Type.Object(
  {
    id: Type.String(),
    name: Type.String({ description: 'Empty for a personal token.' }),
    description: Type.String(),
    created: Type.String(),
    lastUsed: Type.Integer({ description: 'Seconds since 1970; 0: never.' }),
    expires: Type.Integer({ description: 'Seconds since 1970; 0: never.' }),
    admin: Type.Boolean(),
    createdBy: Type.String(),
    type: Type.Union([Type.Literal('personal'), Type.Literal('organization'), Type.Literal('team')]),
  },
  { title: 'AccessToken' },
)
export type AccessTokenInfo = Static<typeof AccessTokenInfo>

export const ListTokensResponse = Type.Object(
  { tokens: Type.Array(AccessTokenInfo), continuationToken: Type.Optional(Type.String()) },
  { title: 'ListAccessTokensResponse' },
)
export type ListTokensResponse = Static<typeof ListTokensResponse>

export const ListTokensQuery = Type.Object({
  filter: Type.Optional(Type.String({ maxLength: 200, description: 'As `search`.' })),
  search: Type.Optional(Type.String({ maxLength: 200, description: 'Part of the name or the description.' })),
  sortBy: Type.Optional(
    Type.Union([
      Type.Literal(''),
      Type.Literal('name'),
      Type.Literal('created'),
      Type.Literal('lastUsed'),
      Type.Literal('expires'),
    ]),
  ),
  sortDirection: Type.Optional(Type.Union([Type.Literal(''), Type.Literal('asc'), Type.Literal('desc')])),
  maxResults: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  continuationToken: Type.Optional(Type.String({ maxLength: 20 })),
})
export type ListTokensQuery = Static<typeof ListTokensQuery>

export const ReasonQuery = Type.Object({
  reason: Type.Optional(Type.String({ maxLength: 500, description: 'Why, for the audit log.' })),
})
export type ReasonQuery = Static<typeof ReasonQuery>
