/** People of the installation: made, deactivated and let in again by its admins, never deleted: what they did names them. */
import type { Refusal } from '@daypass/contract/errors.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { insertAccessToken } from './access-token.sql.ts'
import { hasOtherAdmin } from './member.sql.ts'
import { noSuchPerson } from './member.ts'
import { isReservedName, NAME_PATTERN, NAME_RULE } from './name.ts'
import { hashToken, makeToken } from './token.ts'
import { hasOtherSiteAdmin, holdAdministered, holdPerson, insertPerson, setDeactivated } from './user.sql.ts'

export interface PersonServices {
  readonly db: Database
  readonly randomBytes: (count: number) => Buffer
  readonly randomUuid: () => string
}

export interface NewPerson {
  readonly login: string
  readonly name: string
  readonly email: string
  readonly siteAdmin: boolean
}

export interface MadePerson extends NewPerson {
  readonly id: string
  /** The first one, shown this once. */
  readonly token: { readonly id: string; readonly tokenValue: string }
}

export async function makePerson(
  { db, randomBytes, randomUuid }: PersonServices,
  actor: string,
  person: NewPerson,
): Promise<MadePerson | Refusal> {
  const { login } = person
  if (!NAME_PATTERN.test(login)) return badLogin(`The field "login" of the body must have ${NAME_RULE}.`)
  if (isReservedName(login)) return badLogin(`"${login}" is a reserved name: choose another login.`)
  const [id, tokenId] = [randomUuid(), randomUuid()]
  const tokenValue = makeToken('access', randomBytes)
  return db.transaction(async (tx) => {
    if (!(await insertPerson(tx, { id, ...person }))) return loginTaken(login)
    await insertAccessToken(tx, {
      id: tokenId,
      userId: id,
      tokenHash: hashToken(tokenValue),
      description: 'Made together with the account',
      expiresAt: null,
    })
    const entry = { organizationId: null, actor }
    const { siteAdmin } = person
    await recordAudit(tx, { ...entry, action: 'user.created', target: login, details: { siteAdmin } })
    await recordAudit(tx, { ...entry, action: 'token.created', target: tokenId, details: { login } })
    return { id, ...person, token: { id: tokenId, tokenValue } }
  })
}

/** Their tokens are refused while it lasts; jobs that they asked for end as they would have. */
export async function deactivatePerson(
  db: Database,
  actor: string,
  login: string,
): Promise<Refusal | undefined> {
  return db.transaction(async (tx) => {
    const person = await holdPerson(tx, login)
    if (person === undefined) return noSuchPerson(login)
    if (person.deactivatedAt !== null) return undefined
    if (person.siteAdmin && !(await hasOtherSiteAdmin(tx, person.id))) return lastSiteAdmin
    for (const organization of await holdAdministered(tx, person.id)) {
      if (!(await hasOtherAdmin(tx, organization.id, person.id))) return lastAdminOf(organization.name)
    }
    await setDeactivated(tx, person.id, true)
    await recordAudit(tx, { organizationId: null, actor, action: 'user.deactivated', target: login })
    return undefined
  })
}

export async function reactivatePerson(
  db: Database,
  actor: string,
  login: string,
): Promise<Refusal | undefined> {
  return db.transaction(async (tx) => {
    const person = await holdPerson(tx, login)
    if (person === undefined) return noSuchPerson(login)
    if (person.deactivatedAt === null) return undefined
    await setDeactivated(tx, person.id, false)
    await recordAudit(tx, { organizationId: null, actor, action: 'user.reactivated', target: login })
    return undefined
  })
}

const badLogin = (message: string): Refusal => ({ status: 400, reason: 'invalid_name', message })

function loginTaken(login: string): Refusal {
  return {
    status: 409,
    reason: 'user_exists',
    message: `There is already somebody with the login "${login}".`,
  }
}

const lastSiteAdmin: Refusal = {
  status: 409,
  reason: 'last_site_admin',
  message: 'This is the last admin of the installation who can log in.',
}

function lastAdminOf(organization: string): Refusal {
  return {
    status: 409,
    reason: 'last_admin',
    message: `This is the last admin of the organization "${organization}" who can log in: make somebody else admin first.`,
  }
}
