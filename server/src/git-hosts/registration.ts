/**
 * A GitHub App that is being made: begun by an admin, made by a person in their browser, and connected when GitHub brings
 * them back with a code.
 *
 *   waiting → exchanging → connected | failed; back to waiting when GitHub could not be asked
 *
 * Owns: who may begin one, its state (random, good once, for half an hour) and what it ends as. Does not own: the words of
 * GitHub (github/manifest), nor the pages.
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { RegisterGitAppRequest } from '@daypass/contract/git-hosts.ts'
import { isOrganizationAdmin } from '../access/permission.ts'
import { actingUser } from '../access/person.ts'
import { actorOf, type Membership, type UserPrincipal } from '../access/principal.ts'
import { hashToken } from '../access/token.ts'
import { recordAudit } from '../audit/audit.ts'
import { isRefusal } from '../refuse.ts'
import { type HostApiServices, HostUnavailable, isHostRefusal } from './adapter.ts'
import { type ChangeServices, connectGitHostIn, gitHostExists } from './change.ts'
import type { HostSettings } from './git-host.ts'
import { exchangeCode, type MadeApp } from './github/manifest.ts'
import { findGitHost } from './host.sql.ts'
import { readAddresses, readSettings } from './read-request.ts'
import {
  beginRegistration,
  endExchange,
  forgetOldRegistrations,
  registrationOfState,
  takeRegistration,
} from './registration.sql.ts'

export interface AppRegistration {
  /** Of the connection that it becomes. */
  readonly id: string
  readonly organizationId: string
  readonly organization: string
  readonly name: string
  readonly begunBy: string
  /** Of whoever began it. */
  readonly login: string
  readonly kind: 'github-app' | 'github-enterprise'
  readonly webUrl: string
  readonly apiUrl: string
  /** An organization of GitHub that is to own the App; null: the person themselves. */
  readonly account: string | null
  readonly settings: HostSettings
  readonly progress: 'waiting' | 'exchanging' | 'connected' | 'failed'
  readonly failure: string | null
  readonly installUrl: string | null
  readonly expiresAt: Date
}

export interface RegistrationServices extends ChangeServices {
  readonly now: () => Date
  readonly hostApi: HostApiServices
}

const STATE_BYTES = 32
const STATE = /^[0-9a-f]{64}$/
/** GitHub's own limit for all of it is an hour. */
const LIFETIME_MS = 30 * 60_000
const KEPT_MS = 24 * 60 * 60_000
const NAME = /^(?!\.\.?$)[A-Za-z0-9_.-]{1,100}$/

export interface Begun {
  readonly id: string
  readonly state: string
  readonly expiresAt: Date
}

export async function beginAppRegistration(
  services: RegistrationServices,
  caller: UserPrincipal,
  { organizationId, organization }: Membership,
  name: string,
  body: RegisterGitAppRequest,
): Promise<Begun | Refusal> {
  const { db, now, randomBytes, randomUuid, allowPrivateGitHosts } = services
  if (!NAME.test(name)) return badName
  const addresses = readAddresses(body, allowPrivateGitHosts)
  if (isRefusal(addresses)) return addresses
  const settings = readSettings(
    {
      ...(body.repositories && { repositories: body.repositories }),
      ...(body.comments !== undefined && { comments: body.comments }),
    },
    {},
  )
  if (isRefusal(settings)) return settings
  const state = randomBytes(STATE_BYTES).toString('hex')
  const expiresAt = new Date(now().getTime() + LIFETIME_MS)
  const id = randomUuid()
  const { kind, gitHubOrganization: account = null } = body
  const { webUrl, apiUrl } = addresses
  if (apiUrl === null) throw new Error(`A host of kind ${kind} has no API.`)
  return db.transaction(async (tx) => {
    if (await findGitHost(tx, organizationId, name)) return gitHostExists(name)
    await forgetOldRegistrations(tx, organizationId, new Date(now().getTime() - KEPT_MS))
    const begun = { id, organizationId, name, begunBy: caller.userId, kind, account, settings, expiresAt }
    await beginRegistration(tx, { ...begun, webUrl, apiUrl }, hashToken(state))
    await recordAudit(tx, {
      organizationId,
      actor: actorOf(caller),
      action: 'git_host.registration_begun',
      target: `${organization} ${name}`,
      details: { hostId: id, kind, webUrl, ...(account !== null && { account }) },
    })
    return { id, state, expiresAt }
  })
}

/** Why a link or a return from GitHub is worth nothing. */
export type NoRegistration = 'unknown' | 'expired' | 'used'

/**
 * The one that waits for this state. It is found by its hash, as every token here is: looking that up by an index tells
 * nothing of it by its timing.
 */
export async function waitingRegistration(
  { db, now }: Pick<RegistrationServices, 'db' | 'now'>,
  state: string | undefined,
): Promise<AppRegistration | NoRegistration> {
  if (state === undefined || !STATE.test(state)) return 'unknown'
  const found = await registrationOfState(db, hashToken(state))
  if (!found) return 'unknown'
  if (found.progress !== 'waiting') return 'used'
  return found.expiresAt > now() ? found : 'expired'
}

export type Returned =
  | { readonly outcome: 'connected'; readonly app: MadeApp }
  | { readonly outcome: 'failed' | 'try-again'; readonly sentence: string }

/** When GitHub brings the person back. */
export async function completeRegistration(
  services: RegistrationServices,
  state: string | undefined,
  code: string | undefined,
): Promise<Returned | NoRegistration> {
  const { db, now, hostApi } = services
  const found = await waitingRegistration(services, state)
  if (typeof found === 'string') return found
  // Before GitHub is asked, so that a state is good once, however many come with it at the same time.
  if (!(await takeRegistration(db, hashToken(state ?? ''), now()))) return 'used'
  try {
    const app = await exchangeCode(hostApi, found, code ?? '')
    if (isHostRefusal(app)) return await failed(services, found, app.sentence)
    return await connectApp(services, found, app)
  } catch (error) {
    await endExchange(db, found.id, 'waiting')
    if (!(error instanceof HostUnavailable)) throw error
    return { outcome: 'try-again', sentence: error.message }
  }
}

async function connectApp(
  services: RegistrationServices,
  one: AppRegistration,
  app: MadeApp,
): Promise<Returned> {
  const { id, organizationId, organization, name, kind, webUrl, apiUrl, settings } = one
  const { appId, privateKey, webhookSecret, installUrl, slug } = app
  const refusal = await services.db.transaction(async (tx) => {
    const person = await actingUser(tx, one.begunBy)
    if (!person || !isOrganizationAdmin(person, organizationId)) return noLongerAdmin(one)
    const { repositories, comments } = settings
    const body = {
      ...{ name, kind, webUrl, apiUrl, appId, privateKey, webhookSecret },
      ...(repositories && { repositories: [...repositories] }),
      ...(comments !== undefined && { comments }),
    }
    const made = await connectGitHostIn(tx, services, person, { organizationId, organization }, body, id)
    if (isRefusal(made)) return made.message
    await endExchange(tx, id, 'connected', { installUrl })
    return undefined
  })
  if (refusal === undefined) return { outcome: 'connected', app }
  return failed(services, one, `${refusal} GitHub has the App ${slug} all the same: delete it there.`)
}

async function failed(
  { db }: Pick<RegistrationServices, 'db'>,
  { id }: AppRegistration,
  sentence: string,
): Promise<Returned> {
  await endExchange(db, id, 'failed', { failure: sentence })
  return { outcome: 'failed', sentence }
}

function noLongerAdmin({ login, organization }: AppRegistration): string {
  return `${login}, who began this, is no admin of ${organization} any more.`
}

const badName: Refusal = {
  status: 400,
  reason: 'invalid_name',
  message: 'Bad Request: a git host has a name of 1 to 100 letters, digits, "_", "." and "-".',
}

export function noRegistration(name: string): Refusal {
  const message = `Not Found: nobody is making a GitHub App for a git host "${name.slice(0, 100)}" here.`
  return { status: 404, reason: 'registration_not_found', message }
}
