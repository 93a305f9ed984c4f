/**
 * What a new installation needs before anybody can use it: an organization, its admin, a token, and the shared pool.
 *
 * The token is handed over inside the transaction that makes all of it. When that fails, or the process dies before
 * the end, there is no organization, and the next start begins again: never one that nobody can enter.
 */
import { recordAudit } from '../audit/audit.ts'
import type { Database, Queryable } from '../db/database.ts'
import { StartRefusal } from '../start-refusal.ts'
import { insertAccessToken } from './access-token.sql.ts'
import { insertMember } from './member.sql.ts'
import { anyOrganization, insertOrganization } from './organization.sql.ts'
import { findFirstSiteAdmin, insertUser } from './person.sql.ts'
import { findPool, insertPool, SHARED_POOL } from './pool.sql.ts'
import { hashToken, makeToken } from './token.ts'

export interface FirstStart {
  readonly db: Database
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
  readonly organizationName: string
  readonly adminLogin: string
  /** Make a token for the first admin although there is an organization. */
  readonly newAdminToken: boolean
  /** Hands the token to the person. Throws a {@link StartRefusal} when it cannot. */
  readonly deliver: (token: string, login: string) => Promise<void>
}

const FIRST_START_LOCK = 7_227_400_002

/** @returns The id of the shared pool. */
export async function prepareInstallation(start: FirstStart): Promise<string> {
  return start.db.transaction(async (tx) => {
    // Two servers that start together on one database make one organization.
    await tx.query('select pg_advisory_xact_lock($1)', [FIRST_START_LOCK])
    const poolId = await ensureSharedPool(tx, start.randomUuid)
    const isFirst = !(await anyOrganization(tx))
    const admin = isFirst ? await makeOrganization(tx, start) : await findFirstSiteAdmin(tx)
    if (isFirst || start.newAdminToken) {
      if (admin === undefined)
        throw new StartRefusal('There is no admin of this installation to make a token for.')
      await handOverToken(tx, start, admin)
    }
    return poolId
  })
}

async function ensureSharedPool(tx: Queryable, randomUuid: () => string): Promise<string> {
  const description = 'Serves every organization'
  await insertPool(tx, { id: randomUuid(), organizationId: null, name: SHARED_POOL, description })
  const pool = await findPool(tx, null, SHARED_POOL)
  if (pool === undefined) throw new Error('the shared pool was made and is not there')
  return pool.id
}

async function makeOrganization(tx: Queryable, start: FirstStart): Promise<{ id: string; login: string }> {
  const { randomUuid, organizationName, adminLogin } = start
  const organization = { id: randomUuid(), name: organizationName }
  const admin = { id: randomUuid(), login: adminLogin, name: adminLogin, siteAdmin: true }
  await insertOrganization(tx, organization)
  await insertUser(tx, admin)
  await insertMember(tx, { organizationId: organization.id, userId: admin.id, role: 'admin' })
  await recordAudit(tx, {
    organizationId: organization.id,
    actor: 'daypass',
    action: 'organization.created',
    target: organizationName,
    details: { admin: adminLogin },
  })
  return admin
}

async function handOverToken(
  tx: Queryable,
  start: FirstStart,
  admin: { id: string; login: string },
): Promise<void> {
  const token = makeToken('access', start.randomBytes)
  const id = start.randomUuid()
  const description = 'Made by the server for the first admin'
  await insertAccessToken(tx, {
    id,
    userId: admin.id,
    tokenHash: hashToken(token),
    description,
    expiresAt: null,
  })
  await recordAudit(tx, {
    organizationId: null,
    actor: 'daypass',
    action: 'token.created',
    target: id,
    details: { login: admin.login },
  })
  await start.deliver(token, admin.login)
}
