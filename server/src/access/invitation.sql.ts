/** Invitations that nobody has taken yet. */
import type { Queryable } from '../db/database.ts'
import type { MemberRole } from './member.sql.ts'

export interface NewInvitation {
  readonly id: string
  readonly organizationId: string
  readonly login: string
  readonly name: string
  readonly email: string
  readonly role: MemberRole
  readonly codeHash: Buffer
  /** A user's id. */
  readonly createdBy: string
  readonly expiresAt: Date
}

const INSERT = /* sql */ `
  insert into invitations (id, organization_id, login, name, email, role, code_hash, created_by, expires_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  on conflict (organization_id, login) do update
     set id = excluded.id, name = excluded.name, email = excluded.email, role = excluded.role,
         code_hash = excluded.code_hash, created_by = excluded.created_by, created_at = now(),
         expires_at = excluded.expires_at`

/** Takes the place of one for the same login. */
export async function insertInvitation(tx: Queryable, invitation: NewInvitation): Promise<void> {
  const { id, organizationId, login, name, email, role, codeHash, createdBy, expiresAt } = invitation
  await tx.query('delete from invitations where organization_id = $1 and expires_at <= now()', [
    organizationId,
  ])
  await tx.query(INSERT, [id, organizationId, login, name, email, role, codeHash, createdBy, expiresAt])
}

export interface InvitationRow {
  readonly id: string
  readonly organizationId: string
  readonly organization: string
  readonly login: string
  readonly name: string
  readonly email: string
  readonly role: MemberRole
  readonly createdBy: string
  readonly creator: string
  readonly createdAt: Date
  readonly expiresAt: Date
}

const SELECT = /* sql */ `
  select i.id, i.organization_id as "organizationId", o.name as organization, i.login, i.name, i.email, i.role,
         i.created_by as "createdBy", u.login as creator, i.created_at as "createdAt", i.expires_at as "expiresAt"
    from invitations i join organizations o on o.id = i.organization_id join users u on u.id = i.created_by
   where i.expires_at > now()`

export async function listInvitations(db: Queryable, organizationId: string): Promise<InvitationRow[]> {
  const text = `${SELECT} and i.organization_id = $1 order by i.login`
  return (await db.query<InvitationRow>(text, [organizationId])).rows
}

export async function findInvitation(db: Queryable, codeHash: Buffer): Promise<InvitationRow | undefined> {
  return (await db.query<InvitationRow>(`${SELECT} and i.code_hash = $1`, [codeHash])).rows[0]
}

/** @returns Whose it was; undefined when it is gone, so that of two who take one at once one gets it. */
export async function deleteInvitation(
  tx: Queryable,
  organizationId: string,
  id: string,
): Promise<string | undefined> {
  const text = 'delete from invitations where id = $1 and organization_id = $2 returning login'
  return (await tx.query<{ login: string }>(text, [id, organizationId])).rows[0]?.login
}
