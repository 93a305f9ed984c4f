/** A world with a holder of every kind of token, and what a route answers each of them. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Route } from '../../tools/contract/openapi.ts'
import { GIT, type World } from './world.ts'

/** In the order of the columns of a table. */
export const HOLDERS = [
  'none',
  'malformed',
  'unknown',
  'expired',
  'revoked',
  /** An admin of the installation who belongs to no organization. */
  'site admin',
  'admin',
  'member',
  /** An admin of another organization. */
  'stranger',
  'organization',
  'organization admin',
  /** Of a team that may write the stack. */
  'team',
  /** The pulumi of a running update: at its own stack, and at another of its organization. */
  'update at own',
  'update at sibling',
  'preview at own',
  'preview at sibling',
  'pool',
  'job',
  'lease',
] as const
export type Holder = (typeof HOLDERS)[number]

/** `in`: whatever came of it, the holder was let through. */
export type Class = 'in' | '401' | '403' | '404'

export interface Holders {
  answer(route: Route, holder: Holder): Promise<{ readonly class: Class; readonly text: string }>
}

const HIDDEN = new Set(['organization_not_found', 'stack_not_found'])
/** What a stack that is not the holder's own is called. */
const PLAIN = 'plain'

/** What the routes want that would otherwise refuse a request before they look at who sends it. */
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /api/daypass/orgs': { name: 'made' },
  'POST /api/daypass/users': { login: 'made' },
  'POST /api/daypass/pools': { name: 'made' },
  'POST /api/daypass/runner/claim': {
    runnerName: 'r',
    runnerVersion: '1',
    launcher: 'plain',
    waitSeconds: 0,
  },
  'POST /api/daypass/job/id-token': { audience: 'urn:none' },
  'POST /api/daypass/job/log': { step: 0, offset: 0, lines: [] },
  'POST /api/daypass/job/step': { step: 0, name: 'Setup', status: 'running' },
  'POST /api/daypass/job/finish': { status: 'succeeded' },
  'POST /api/orgs/:organization/tokens': { name: 'made', description: '' },
  'POST /api/orgs/:organization/teams/:team/tokens': { name: 'made by team', description: '' },
  'POST /api/orgs/:organization/teams/pulumi': { name: 'made' },
  'PATCH /api/orgs/:organization/teams/:team': { newDescription: '' },
  'POST /api/orgs/:organization/members/:login': { role: 'member' },
  'PATCH /api/orgs/:organization/members/:login': { role: 'member' },
  'POST /api/orgs/:organization/agent-pools': { name: 'made', description: '' },
  'PATCH /api/orgs/:organization/agent-pools/:poolId': { name: 'made', description: '' },
  'PUT /api/daypass/orgs/:organization/oidc-settings-rule': { changedBy: 'organization-admins' },
  'POST /api/user/tokens': { description: '' },
  'POST /api/stacks/:organization/:project': { stackName: 'made' },
  'POST /api/stacks/:organization/:project/:stack/rename': { newName: 'renamed' },
  'POST /api/stacks/:organization/:project/:stack/transfer': { toOrg: 'acme' },
  'POST /api/stacks/:organization/:project/:stack/encrypt': { plaintext: '' },
  'POST /api/stacks/:organization/:project/:stack/batch-encrypt': { plaintexts: [] },
  'POST /api/stacks/:organization/:project/:stack/decrypt': { ciphertext: '' },
  'POST /api/stacks/:organization/:project/:stack/batch-decrypt': { ciphertexts: [] },
  'POST /api/stacks/:organization/:project/:stack/decrypt/log-decryption': { secretName: 'x' },
  'POST /api/stacks/:organization/:project/:stack/decrypt/log-batch-decryption': { commandName: 'x' },
  'POST /api/stacks/:organization/:project/:stack/tags': { name: 'a', value: 'b' },
  'PATCH /api/stacks/:organization/:project/:stack/tags/:tag': { name: 'a', value: 'b' },
  'POST /api/stacks/:organization/:project/:stack/deployments': {
    operation: 'update',
    sourceContext: { git: GIT },
  },
}

export async function everyToken(world: World): Promise<Holders> {
  const { db, tokens } = world
  await Promise.all([PLAIN, 'up', 'pre'].map((name) => world.addStack(name)))
  const made = async (path: string, body: object) => {
    const answer = await world.call('POST', path, { body })
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const organization = await made('/api/orgs/acme/tokens', { name: 'ci', description: '' })
  const admin = await made('/api/orgs/acme/tokens', { name: 'root', description: '', admin: true })
  await made('/api/orgs/acme/teams/pulumi', { name: 'ops' })
  const grant = { projectName: 'web', stackName: PLAIN, permission: 102 }
  await world.call('PATCH', '/api/orgs/acme/teams/ops', { body: { addStackPermission: grant } })
  const team = await made('/api/orgs/acme/teams/ops/tokens', { name: 'deploy', description: '' })

  await made(`/api/stacks/acme/web/${PLAIN}/deployments/settings`, { sourceContext: { git: GIT } })
  const held = await made(`/api/stacks/acme/web/${PLAIN}/update`, {})
  await made(`/api/stacks/acme/web/${PLAIN}/update/${held.updateID}`, {})
  const preview = await made(`/api/stacks/acme/web/${PLAIN}/preview`, {})
  const lease = await made(`/api/stacks/acme/web/${PLAIN}/preview/${preview.updateID}`, {})

  const personWith = async (change: string): Promise<string> => {
    const token = random()
    const id = randomUUID()
    await db.query("insert into users (id, login, name, site_admin) values ($1, $2, '', $3)", [
      id,
      `x${id.slice(0, 8)}`,
      change === '',
    ])
    if (change !== '') {
      const text = "insert into members (organization_id, user_id, role) values ($1, $2, 'admin')"
      await db.query(text, [world.organizationIds.acme, id])
    }
    await db.query('insert into access_tokens (id, user_id, token_hash) values ($1, $2, $3)', [
      randomUUID(),
      id,
      sha256(token),
    ])
    if (change !== '') await db.query(`update access_tokens set ${change} where user_id = $1`, [id])
    return token
  }
  const running = async (stack: string, operation: string): Promise<string> => {
    const token = random()
    await db.query(
      `insert into deployments (id, stack_id, organization_id, version, operation, status, pool_id, requested_by,
                                trigger, settings, timeout_seconds, fencing, stack_token_hash, lease_until)
       select $1, s.id, s.organization_id, 1, $2, 'running', $3, $4, 'rest', '{}', 600, 1, $5, now() + interval '1 hour'
         from stacks s where s.name = $6`,
      [randomUUID(), operation, world.sharedPool.id, world.userIds.admin, sha256(token), stack],
    )
    return token
  }
  const own = await world.addPool('own')
  await world.addStack('jobs')
  await made('/api/stacks/acme/web/jobs/deployments/settings', { sourceContext: { git: GIT } })
  const asked = await world.call('POST', '/api/stacks/acme/web/jobs/deployments', {
    body: { operation: 'update', agentPoolID: own.id },
  })
  if (asked.status !== 202) throw new Error(JSON.stringify(asked.body))
  const job = (await world.claim({ token: own.token }))?.jobToken ?? ''
  await world.job('POST', '/api/daypass/job/start', job, {})

  const [update, looking] = [await running('up', 'update'), await running('pre', 'preview')]
  const person = (token: string) => `token ${token}`
  const credentials: Readonly<Record<Holder, string | undefined>> = {
    none: undefined,
    malformed: 'token pul-0',
    unknown: person(random()),
    expired: person(await personWith("expires_at = now() - interval '1 second'")),
    revoked: person(await personWith('revoked_at = now()')),
    'site admin': person(await personWith('')),
    admin: person(tokens.admin),
    member: person(tokens.member),
    stranger: person(tokens.stranger),
    organization: person(organization.tokenValue),
    'organization admin': person(admin.tokenValue),
    team: person(team.tokenValue),
    'update at own': person(update),
    'update at sibling': person(update),
    'preview at own': person(looking),
    'preview at sibling': person(looking),
    pool: `Bearer ${own.token}`,
    job: `Bearer ${job}`,
    lease: `update-token ${lease.token}`,
  }
  const stacks: Partial<Record<Holder, string>> = { 'update at own': 'up', 'preview at own': 'pre' }

  return {
    async answer(route, holder) {
      const values: Readonly<Record<string, string>> = {
        organization: 'acme',
        project: 'web',
        stack: stacks[holder] ?? PLAIN,
        team: 'gone',
        login: 'nobody',
        pool: 'gone',
        version: '1',
        // Of the lease only its own; of anybody else one that is not there.
        updateId: holder === 'lease' ? preview.updateID : '00000000-0000-0000-0000-000000000000',
        tag: 'a',
      }
      const missing = '00000000-0000-0000-0000-000000000000'
      const path = route.url
        .replace(/:(\w+)/g, (_all, name: string) => values[name] ?? missing)
        .replace('*', 'x')
      const authorization = credentials[holder]
      const { payload, statusCode } = await world.app.inject({
        method: route.method as 'GET',
        url: path,
        headers: {
          accept: 'application/json',
          ...(authorization !== undefined && { authorization }),
          ...(route.method !== 'GET' && route.method !== 'HEAD' && { 'content-type': 'application/json' }),
        },
        ...(route.method !== 'GET' &&
          route.method !== 'HEAD' && {
            payload: JSON.stringify(BODIES[`${route.method} ${route.url}`] ?? {}),
          }),
      })
      world.takeFaults()
      return { class: classOf(statusCode, payload), text: `${statusCode} ${payload.slice(0, 300)}` }
    },
  }
}

function classOf(status: number, payload: string): Class {
  if (status === 401) return '401'
  if (status === 403) return '403'
  if (status !== 404) return 'in'
  const reason = payload.startsWith('{') ? (JSON.parse(payload) as { reason?: string }).reason : undefined
  // A HEAD has no body: not found is what it says to everybody whom it lets in.
  return reason !== undefined && HIDDEN.has(reason) ? '404' : 'in'
}

const random = (): string => `pul-${randomBytes(20).toString('hex')}`
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
