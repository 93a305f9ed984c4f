/** What was given for tokens of an issuer: as whom it acts, its end, and that it goes with its issuer. */
import type { Queryable } from '../../db/database.ts'
import type { NewServiceUser } from '../person.sql.ts'

const ENSURE_USER = {
  name: 'issuer-user-ensure',
  text: /* sql */ `
    insert into users (id, kind, login, name, organization_id, team_id, token_role, issuer_id)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (issuer_id, kind, team_id, token_role) where issuer_id is not null and (kind <> 'team' or team_id is not null)
      do update set deactivated_at = null
    returning id, login`,
}

/** The same one for all tokens of one issuer for one team, or of one power. */
export async function ensureUserOf(
  tx: Queryable,
  issuerId: string,
  user: NewServiceUser,
): Promise<{ readonly userId: string; readonly login: string }> {
  const { id, kind, login, name, organizationId, teamId, role } = user
  const values = [id, kind, login, name, organizationId, teamId ?? null, role, issuerId]
  const { rows } = await tx.query<{ id: string; login: string }>(ENSURE_USER, values)
  const [row] = rows
  if (row === undefined) throw new Error(`there is no user for ${login}`)
  return { userId: row.id, login: row.login }
}

/** An issuer has another name: so have the users that its tokens act as. */
export async function renameUsersOf(
  tx: Queryable,
  issuerId: string,
  names: { readonly startBefore: string; readonly start: string; readonly name: string },
): Promise<void> {
  await tx.query(
    /* sql */ `
    update users set login = $3 || substr(login, length($2) + 1), name = $4
     where issuer_id = $1 and starts_with(login, $2)`,
    [issuerId, names.startBefore, names.start, names.name],
  )
}

/**
 * Ends everything that came of an issuer which is about to be deleted. Its users stay, for old records name them, without
 * rights and under a name that no later one can get.
 */
export async function endEverythingOf(tx: Queryable, issuerId: string): Promise<void> {
  await tx.query('update access_tokens set revoked_at = now() where issuer_id = $1 and revoked_at is null', [
    issuerId,
  ])
  await tx.query('update pool_tokens set revoked_at = now() where issuer_id = $1 and revoked_at is null', [
    issuerId,
  ])
  await tx.query(
    /* sql */ `
    update users set login = login || '.' || left(id::text, 8), deactivated_at = coalesce(deactivated_at, now())
     where issuer_id = $1`,
    [issuerId],
  )
}

const FORGET = ['access_tokens', 'pool_tokens'].map((table) => ({
  name: `forget-exchanged-${table}`,
  text: /* sql */ `
    delete from ${table}
     where id in (select id from ${table}
                   where issuer_id = $1 and expires_at < now() - interval '30 days'
                   order by expires_at limit 100 for update skip locked)`,
}))

/** They come by the thousand: those that ended long ago go, a few at a time. The audit log remembers them. */
export async function forgetEndedTokensOf(tx: Queryable, issuerId: string): Promise<void> {
  for (const statement of FORGET) await tx.query(statement, [issuerId])
}
