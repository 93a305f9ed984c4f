/**
 * Tokens that act for an organization or a team. Each has a user of its own, `acme:ci` or `acme/ops:ci`, who is in no
 * list of people: what the token does is shown under that name, also after its end, and no other token gets the name.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { isUniqueViolation } from '../db/errors.ts'
import { insertAccessToken } from './access-token.sql.ts'
import type { MadeAccessToken } from './access-token.ts'
import { insertMember } from './organization.sql.ts'
import type { UserPrincipal } from './principal.ts'
import { insertServiceUser, revokeServiceTokens } from './service-token.sql.ts'
import { putTeamMember } from './team.sql.ts'
import { hashToken, makeToken } from './token.ts'

export interface ServiceTokenServices {
  readonly db: Database
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
}

/** For whom a token acts, and as what. */
export interface ServiceOwner {
  readonly organizationId: string
  readonly organization: string
  readonly team: { readonly id: string; readonly name: string } | undefined
  /** Of the whole organization; never a team's. */
  readonly admin: boolean
}

export interface NewServiceToken extends ServiceOwner {
  readonly name: string
  readonly description: string
  readonly expiresAt: Date | null
  readonly creator: Pick<UserPrincipal, 'userId'>
  readonly actor: string
}

export async function makeServiceToken(
  { db, randomBytes, randomUuid }: ServiceTokenServices,
  wanted: NewServiceToken,
): Promise<MadeAccessToken | Refusal> {
  const { organizationId, team, name, description, expiresAt, admin, actor } = wanted
  const id = randomUuid()
  const tokenValue = makeToken('access', randomBytes)
  try {
    await db.transaction(async (tx) => {
      const userId = await makeServiceUser(tx, randomUuid(), wanted, name)
      await insertAccessToken(tx, {
        id,
        userId,
        tokenHash: hashToken(tokenValue),
        description,
        expiresAt,
        kind: team ? 'team' : 'organization',
        name,
        organizationId,
        ...(team && { teamId: team.id }),
        admin,
        createdBy: wanted.creator.userId,
      })
      const details = { name, admin, expiresAt, ...(team && { team: team.name }) }
      await recordAudit(tx, { organizationId, actor, action: 'token.created', target: id, details })
    })
  } catch (error) {
    const isTaken =
      isUniqueViolation(error, 'users_login_key') || isUniqueViolation(error, 'one_token_per_name')
    if (isTaken) return nameTaken(name)
    throw error
  }
  return { id, tokenValue }
}

/** @returns Its id. @throws A unique violation of `users_login_key`. */
export async function makeServiceUser(
  tx: Queryable,
  id: string,
  { organizationId, organization, team, admin }: ServiceOwner,
  name: string,
): Promise<string> {
  const owner = team ? `${organization}/${team.name}` : organization
  const kind = team ? 'team' : 'organization'
  const shown = `Token "${name}" of the ${kind} ${team?.name ?? organization}`
  await insertServiceUser(tx, { id, login: `${owner}:${name}`, name: shown, kind })
  await insertMember(tx, { organizationId, userId: id, role: admin && !team ? 'admin' : 'member' })
  if (team) await putTeamMember(tx, { organizationId, teamId: team.id, userId: id, role: 'member' })
  return id
}

export interface TokensOf {
  readonly organizationId: string
  readonly teamId: string | undefined
  readonly actor: string
}

/** Call it in a transaction. */
export async function revokeServiceToken(
  tx: Queryable,
  { organizationId, teamId, actor }: TokensOf,
  tokenId: string,
): Promise<Refusal | undefined> {
  const [revoked] = await revokeServiceTokens(tx, { organizationId, teamId, tokenId })
  if (revoked === undefined) return noSuchToken
  const { id, name } = revoked
  await recordAudit(tx, { organizationId, actor, action: 'token.revoked', target: id, details: { name } })
  return undefined
}

/** Call it in a transaction, before the team goes. */
export async function revokeTokensOfTeam(
  tx: Queryable,
  of: TokensOf & { readonly teamId: string },
): Promise<void> {
  const { organizationId, teamId, actor } = of
  for (const { id, name } of await revokeServiceTokens(tx, { organizationId, teamId })) {
    await recordAudit(tx, { organizationId, actor, action: 'token.revoked', target: id, details: { name } })
  }
}

/** Only a person makes what lets somebody in: otherwise a token that leaked for an hour would be there for ever. */
export function whyNoMaker({ service, exchanged }: UserPrincipal): Refusal | undefined {
  if (service === undefined && exchanged === undefined) return undefined
  return {
    status: 403,
    reason: 'person_only',
    message:
      "Only a person's own access token may do this, not one of an organization, a team or another issuer.",
  }
}

const noSuchToken: Refusal = {
  status: 404,
  reason: 'token_not_found',
  message: 'There is no such token here.',
}

function nameTaken(name: string): Refusal {
  return {
    status: 409,
    reason: 'token_exists',
    message: `There is or was a token named ${JSON.stringify(name)} here: choose another name.`,
  }
}
