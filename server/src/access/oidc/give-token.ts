/** Our token for one that was verified: as whom it acts, and that a policy has a word for exactly that. */
import type { Queryable } from '../../db/database.ts'
import { insertAccessToken } from '../access-token.sql.ts'
import { findMember } from '../member.sql.ts'
import { findOwnPool, insertPoolToken } from '../pool.sql.ts'
import { findTeam } from '../team.sql.ts'
import { hashToken, makeToken } from '../token.ts'
import { ensureUserOf } from './exchanged.sql.ts'
import type { IssuerOfToken } from './issuer.sql.ts'
import { loginStart } from './issuer.ts'
import type { Wanted } from './policy.ts'

export interface TokenServices {
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
}

export interface Asked {
  readonly issuer: IssuerOfToken
  readonly wanted: Wanted
  readonly isAllowed: (wanted: Wanted) => boolean
  readonly description: string
  readonly expiresAt: Date
}

export interface GivenToken {
  readonly id: string
  readonly tokenValue: string
  /** A login, or `pool:<name>`. */
  readonly holder: string
}

/** Undefined: not allowed, or for somebody who is not there, which is the same to whoever asks. */
export async function giveToken(
  tx: Queryable,
  services: TokenServices,
  asked: Asked,
): Promise<GivenToken | undefined> {
  const { wanted } = asked
  if (wanted.tokenType === 'runner') return givePoolToken(tx, services, asked, wanted.pool)
  if (!asked.isAllowed(wanted)) return undefined
  const holder = await holderOf(tx, services, asked.issuer, wanted)
  if (holder === undefined) return undefined
  const id = services.randomUuid()
  const tokenValue = makeToken('access', services.randomBytes)
  await insertAccessToken(tx, {
    id,
    userId: holder.userId,
    tokenHash: hashToken(tokenValue),
    kind: wanted.tokenType,
    description: asked.description,
    expiresAt: asked.expiresAt,
    organizationId: asked.issuer.organizationId,
    teamId: holder.teamId,
    issuerId: asked.issuer.id,
  })
  return { id, tokenValue, holder: holder.login }
}

/** Of the organization's own pools alone: others serve more than it. Policies name a pool by its id. */
async function givePoolToken(
  tx: Queryable,
  { randomBytes, randomUuid }: TokenServices,
  { issuer, isAllowed, expiresAt }: Asked,
  idOrName: string,
): Promise<GivenToken | undefined> {
  const pool = await findOwnPool(tx, issuer.organizationId, idOrName)
  if (pool === undefined || !isAllowed({ tokenType: 'runner', pool: pool.id })) return undefined
  const id = randomUuid()
  const tokenValue = makeToken('pool', randomBytes)
  await insertPoolToken(tx, {
    id,
    poolId: pool.id,
    tokenHash: hashToken(tokenValue),
    ephemeral: false,
    expiresAt,
    issuerId: issuer.id,
  })
  return { id, tokenValue, holder: `pool:${pool.name}` }
}

interface Holder {
  readonly userId: string
  readonly login: string
  readonly teamId?: string
}

async function holderOf(
  tx: Queryable,
  { randomUuid }: TokenServices,
  { id: issuerId, organizationId, organization, name }: IssuerOfToken,
  wanted: Exclude<Wanted, { readonly tokenType: 'runner' }>,
): Promise<Holder | undefined> {
  const start = loginStart(organization, name)
  const user = { id: randomUuid(), name, organizationId }
  switch (wanted.tokenType) {
    case 'personal': {
      const member = await findMember(tx, organizationId, wanted.login)
      return member?.deactivated === false ? { userId: member.userId, login: member.login } : undefined
    }
    case 'team': {
      const team = await findTeam(tx, organizationId, wanted.team, NOBODY)
      if (team === undefined) return undefined
      const login = `${start}team/${team.name}`
      const one = { ...user, kind: 'team', login, teamId: team.id, role: 'none' } as const
      return { ...(await ensureUserOf(tx, issuerId, one)), teamId: team.id }
    }
    case 'organization': {
      const login = `${start}${wanted.admin ? 'organization-admin' : 'organization'}`
      const role = wanted.admin ? 'admin' : 'member'
      return ensureUserOf(tx, issuerId, { ...user, kind: 'organization', login, teamId: undefined, role })
    }
  }
}

/** Asks for a team without asking for anybody's role in it. */
const NOBODY = '00000000-0000-0000-0000-000000000000'
