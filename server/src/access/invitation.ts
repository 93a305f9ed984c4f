/**
 * A link with which somebody who is not there yet becomes a person of the installation and a member of an organization.
 * It is good for one use and a week, and only while whoever made it is an admin of the organization.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Queryable } from '../db/database.ts'
import { isUniqueViolation } from '../db/errors.ts'
import type { AccessTokenServices } from './access-token.ts'
import { deleteInvitation, findInvitation, type InvitationRow, insertInvitation } from './invitation.sql.ts'
import { insertMember, type MemberRole } from './member.sql.ts'
import { findOrganizationSettings } from './organization.sql.ts'
import { isOrganizationAdmin } from './permission.ts'
import { findPerson } from './person.sql.ts'
import { actingUser, badName, makePerson } from './person.ts'
import { hashToken, isTokenOf, makeToken } from './token.ts'
import { expiryUnasked } from './token-expiry.ts'

const LIVES_MS = 7 * 24 * 60 * 60 * 1000

export interface WantedInvitation {
  readonly organizationId: string
  readonly organization: string
  readonly login: string
  readonly name: string
  readonly email: string
  readonly role: MemberRole
}

export interface MadeInvitationCode {
  readonly id: string
  readonly code: string
  readonly expiresAt: Date
}

export async function invite(
  { db, randomBytes, randomUuid }: AccessTokenServices,
  wanted: WantedInvitation,
  by: { readonly userId: string; readonly actor: string },
  now: Date,
): Promise<MadeInvitationCode | Refusal> {
  const { organizationId, login, role } = wanted
  const bad = badName('login', login)
  if (bad) return bad
  const code = makeToken('invitation', randomBytes)
  const id = randomUuid()
  const expiresAt = new Date(now.getTime() + LIVES_MS)
  return db.transaction(async (tx) => {
    if (await findPerson(tx, login)) return alreadyThere(login)
    const codeHash = hashToken(code)
    await insertInvitation(tx, { ...wanted, id, codeHash, createdBy: by.userId, expiresAt })
    const details = { id, role, expiresAt }
    await recordAudit(tx, {
      organizationId,
      actor: by.actor,
      action: 'invitation.created',
      target: login,
      details,
    })
    return { id, code, expiresAt }
  })
}

/** What a code is for; undefined for one that lets nobody in. */
export async function invitationOf(db: Queryable, code: string): Promise<InvitationRow | undefined> {
  if (!isTokenOf('invitation', code)) return undefined
  const invitation = await findInvitation(db, hashToken(code))
  if (invitation === undefined) return undefined
  const inviter = await actingUser(db, invitation.createdBy)
  return inviter && isOrganizationAdmin(inviter, invitation.organizationId) ? invitation : undefined
}

export interface Accepted {
  readonly invitation: InvitationRow
  readonly tokenValue: string
}

/** Makes the person, lets them in, and makes their first token, or does none of it. Undefined: the code is none. */
export async function accept(
  services: AccessTokenServices & { readonly now: () => Date },
  code: string,
): Promise<Accepted | Refusal | undefined> {
  const take = async (tx: Queryable): Promise<Accepted | undefined> => {
    const invitation = await invitationOf(tx, code)
    if (invitation === undefined) return undefined
    const { id, organizationId, login, name, email, role } = invitation
    if ((await deleteInvitation(tx, organizationId, id)) === undefined) return undefined
    const actor = `user:${login}`
    const person = { login, name, email, siteAdmin: false }
    const why = 'Made when the invitation was accepted'
    const settings = await findOrganizationSettings(tx, organizationId)
    const expiresAt = expiryUnasked(services.now(), settings?.maxTokenDays ?? null)
    const made = await makePerson(tx, services, person, { actor, organizationId, why }, expiresAt)
    await insertMember(tx, { organizationId, userId: made.id, role })
    const details = { id, role, invitedBy: invitation.creator }
    await recordAudit(tx, { organizationId, actor, action: 'invitation.accepted', target: login, details })
    return { invitation, tokenValue: made.token.tokenValue }
  }
  return services.db.transaction(take).catch((error: unknown) => {
    if (isUniqueViolation(error, 'users_login_key')) return takenSince
    throw error
  })
}

function alreadyThere(login: string): Refusal {
  return {
    status: 409,
    reason: 'user_exists',
    message: `There is already a user "${login}": make them a member with POST …/members/${login}, or invite somebody by another login.`,
  }
}

const takenSince: Refusal = {
  status: 409,
  reason: 'user_exists',
  message: 'Somebody else has taken this login since. Ask for an invitation with another one.',
}
