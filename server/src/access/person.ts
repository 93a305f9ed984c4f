/** People as the installation knows them: made and deactivated by its admins, never deleted, for old records name them. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import { isCheckViolation, isUniqueViolation } from '../db/errors.ts'
import { insertAccessToken } from './access-token.sql.ts'
import type { AccessTokenServices, MadeAccessToken } from './access-token.ts'
import { isReservedName, NAME_PATTERN, NAME_RULE } from './name.ts'
import { findPerson, findUserRow, insertUser, setDeactivated } from './person.sql.ts'
import type { UserPrincipal } from './principal.ts'
import { hashToken, makeToken } from './token.ts'
import { userPrincipal } from './token-lookup.ts'

/**
 * A user by id, with the rights of this moment: for what is done in somebody's name while nobody calls. What a token of an
 * organization or a team may do ends with the token, whether it expires or is revoked.
 */
export async function actingUser(tx: Queryable, userId: string): Promise<UserPrincipal | undefined> {
  const row = await findUserRow(tx, userId)
  return row && { ...userPrincipal(row), ...(!row.isThere && { memberships: [] }) }
}

export interface NewPerson {
  readonly login: string
  readonly name: string
  readonly email: string
  readonly siteAdmin: boolean
}

/** With a first token, whose value is known this once. */
export async function makePerson(
  tx: Queryable,
  { randomBytes, randomUuid }: Pick<AccessTokenServices, 'randomBytes' | 'randomUuid'>,
  person: NewPerson,
  audit: { readonly actor: string; readonly organizationId: string | null; readonly why: string },
  tokenExpiresAt: Date | null = null,
): Promise<{ readonly id: string; readonly token: MadeAccessToken }> {
  const { login, name, email, siteAdmin } = person
  const { actor, organizationId, why } = audit
  const id = randomUuid()
  await insertUser(tx, { id, login, name, email, siteAdmin })
  await recordAudit(tx, {
    organizationId,
    actor,
    action: 'user.created',
    target: login,
    details: { siteAdmin },
  })
  const tokenValue = makeToken('access', randomBytes)
  const token = { id: randomUuid(), tokenValue }
  const tokenHash = hashToken(tokenValue)
  const expiresAt = tokenExpiresAt
  await insertAccessToken(tx, { id: token.id, userId: id, tokenHash, description: why, expiresAt })
  await recordAudit(tx, {
    organizationId,
    actor,
    action: 'token.created',
    target: token.id,
    details: { login },
  })
  return { id, token }
}

export function loginTaken(error: unknown, login: string): Refusal {
  if (!isUniqueViolation(error, 'users_login_key')) throw error
  return { status: 409, reason: 'user_exists', message: `There is already a user "${login}".` }
}

/** @returns Undefined when it is so, also when it was so before. */
export async function changeActivity(
  tx: Queryable,
  login: string,
  change: { readonly deactivated: boolean; readonly actor: string },
): Promise<Refusal | undefined> {
  const person = await findPerson(tx, login)
  if (person === undefined) return noSuchUser(login)
  if (!(await setDeactivated(tx, person.id, change.deactivated))) return undefined
  const action = change.deactivated ? 'user.deactivated' : 'user.reactivated'
  await recordAudit(tx, { organizationId: null, actor: change.actor, action, target: login })
  return undefined
}

/** What the tables refused. */
export function lastAdmin(error: unknown): Refusal {
  if (isCheckViolation(error, 'an_organization_has_an_admin')) {
    return {
      status: 409,
      reason: 'last_admin',
      message: 'An organization would have no admin left: make somebody else an admin first.',
    }
  }
  if (isCheckViolation(error, 'an_installation_has_an_admin')) {
    return {
      status: 409,
      reason: 'last_admin',
      message: 'The installation would have no admin left: make another one first.',
    }
  }
  throw error
}

export function noSuchUser(login: string): Refusal {
  return {
    status: 404,
    reason: 'user_not_found',
    message: `Not Found: there is no user "${login.slice(0, 100)}". An admin of the installation makes one.`,
  }
}

/** Names of people and organizations have one form. */
export function badName(field: string, given: string): Refusal | undefined {
  const refusal = (message: string): Refusal => ({ status: 400, reason: 'invalid_name', message })
  if (!NAME_PATTERN.test(given)) return refusal(`The field "${field}" of the body must have ${NAME_RULE}.`)
  if (isReservedName(given))
    return refusal(`"${given}" is a reserved name: choose another for the field "${field}".`)
  return undefined
}

/** What a person alone may do, with a token that is theirs without condition. */
export function personOnly(user: UserPrincipal): Refusal {
  const whose = user.service
    ? `the token of ${user.service.kind === 'team' ? 'a team' : 'an organization'}`
    : 'a token that an issuer vouched for'
  return {
    status: 403,
    reason: 'person_only',
    message: `Forbidden: this is a person's own, and ${whose} does not reach it. Use a personal access token.`,
  }
}
