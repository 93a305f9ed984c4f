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
  /** Administers the stack and not the organization. */
  'maker',
  /** A member who may write the stack. */
  'writer',
  /** A member with what every member has here: to read. */
  'reader',
  /** Belongs to the organization and sees no stack. */
  'billing manager',
  /** An admin of another organization. */
  'stranger',
  'organization',
  'organization admin',
  /** Of a team that may write the stack. */
  'team',
  /**
   * A reader by the word of an issuer of the organization. The person is an admin of the installation and of another
   * organization, too: that counts for nothing.
   */
  'vouched for',
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
  'POST /api/daypass/runner/git-polls/claim': { runnerName: 'r' },
  'POST /api/daypass/runner/git-polls/report': {
    leaseId: '00000000-0000-0000-0000-000000000000',
    result: { kind: 'failed', code: 'x', message: 'x' },
  },
  'POST /api/daypass/job/id-token': { audience: 'urn:none' },
  'POST /api/daypass/job/log': { step: 0, offset: 0, lines: [] },
  'POST /api/daypass/job/step': { step: 0, name: 'Setup', status: 'running' },
  'POST /api/daypass/job/finish': { status: 'succeeded' },
  'PUT /api/daypass/stacks/:organization/:project/:stack/collaborators/:login': { permission: 101 },
  'POST /api/daypass/stacks/:organization/:project/:stack/trust/explain': { documents: [[]] },
  'PATCH /api/console/stacks/:organization/:project/:stack/teams/:team': { permissions: 101 },
  'POST /api/orgs/:organization/tokens': { name: 'made', description: '' },
  'POST /api/orgs/:organization/teams/:team/tokens': { name: 'made by team', description: '' },
  'POST /api/orgs/:organization/teams/pulumi': { name: 'made' },
  'PATCH /api/orgs/:organization/teams/:team': { newDescription: '' },
  'POST /api/orgs/:organization/members/:login': { role: 'member' },
  'PATCH /api/orgs/:organization/members/:login': { role: 'member' },
  'POST /api/orgs/:organization/agent-pools': { name: 'made', description: '' },
  'PATCH /api/orgs/:organization/agent-pools/:poolId': { name: 'made', description: '' },
  'POST /api/orgs/:organization/oidc/issuers': { name: 'made', url: 'https://127.0.0.1' },
  'PATCH /api/orgs/:organization/oidc/issuers/:issuerId': { name: 'made' },
  'PATCH /api/orgs/:organization/auth/policies/:policyId': { policies: [] },
  'POST /api/daypass/orgs/:organization/oidc/issuers/:issuerId/try': {
    claims: {},
    tokenType: 'team',
    scope: 'team:x',
  },
  'PUT /api/daypass/orgs/:organization/oidc-settings-rule': { changedBy: 'organization-admins' },
  'PUT /api/daypass/orgs/:organization/audiences': { audiences: [] },
  'PUT /api/daypass/stacks/:organization/:project/:stack/identity': { audiences: [] },
  'PUT /api/daypass/stacks/:organization/:project/:stack/review-stacks': {
    inheritsOidc: false,
    mostLive: 20,
  },
  'POST /api/daypass/orgs/:organization/git-hosts': { name: 'made', kind: 'custom' },
  'POST /api/daypass/orgs/:organization/git-hosts/:host/registration': { kind: 'github-app' },
  'POST /api/daypass/orgs/:organization/git-hosts/:host/approvals': {
    repository: 'acme/web',
    pullRequest: 1,
    commit: 'a'.repeat(40),
  },
  'POST /api/daypass/orgs/:organization/invitations': { login: 'invited' },
  'POST /api/daypass/session': { accessToken: 'x' },
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

const QUERIES: Readonly<Record<string, string>> = {
  'GET /api/orgs/:organization/deployments/summary': '?granularity=daily&lookbackDays=1',
  'GET /api/daypass/orgs/:organization/token-trace': '?of=x',
}

export async function everyToken(world: World): Promise<Holders> {
  const { db, tokens } = world
  await world.call('PATCH', '/api/orgs/acme', { body: { setDefaultStackPermission: 101 } })
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

  const person = async (role?: string): Promise<{ login: string; token: string; id: string }> => {
    const [id, token] = [randomUUID(), random()]
    const login = `x${id.slice(0, 8)}`
    await db.query("insert into users (id, login, name, site_admin) values ($1, $2, '', $3)", [
      id,
      login,
      role === undefined,
    ])
    if (role !== undefined) {
      const text = 'insert into members (organization_id, user_id, role) values ($1, $2, $3)'
      await db.query(text, [world.organizationIds.acme, id, role])
    }
    const values = [randomUUID(), id, sha256(token)]
    await db.query('insert into access_tokens (id, user_id, token_hash) values ($1, $2, $3)', values)
    return { login, token, id }
  }
  const vouchedFor = async (): Promise<string> => {
    const [{ token, id }, issuerId] = [await person('member'), randomUUID()]
    const { acme, other } = world.organizationIds
    const text = `insert into oidc_issuers (id, organization_id, name, url, issuer) values ($1, $2, 'ci', $3, $3)`
    await db.query(text, [issuerId, acme, 'https://ci.example'])
    await db.query('update users set site_admin = true where id = $1', [id])
    await db.query("insert into members (organization_id, user_id, role) values ($1, $2, 'admin')", [
      other,
      id,
    ])
    await db.query(
      `update access_tokens set organization_id = $2, issuer_id = $3, expires_at = now() + interval '1 hour'
        where user_id = $1`,
      [id, acme, issuerId],
    )
    return token
  }
  const given = async (permission: number): Promise<string> => {
    const { login, token } = await person('member')
    const path = `/api/daypass/stacks/acme/web/${PLAIN}/collaborators/${login}`
    const { status } = await world.call('PUT', path, { body: { permission } })
    if (status !== 204) throw new Error(`${path}: ${status}`)
    return token
  }
  const adminWhose = async (change: string): Promise<string> => {
    const { id, token } = await person('admin')
    await db.query(`update access_tokens set ${change} where user_id = $1`, [id])
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
  const header = (token: string) => `token ${token}`
  const credentials: Readonly<Record<Holder, string | undefined>> = {
    none: undefined,
    malformed: 'token pul-0',
    unknown: header(random()),
    expired: header(await adminWhose("expires_at = now() - interval '1 second'")),
    revoked: header(await adminWhose('revoked_at = now()')),
    'site admin': header((await person()).token),
    admin: header(tokens.admin),
    maker: header(await given(103)),
    writer: header(await given(102)),
    reader: header(tokens.member),
    'billing manager': header((await person('billing-manager')).token),
    stranger: header(tokens.stranger),
    organization: header(organization.tokenValue),
    'organization admin': header(admin.tokenValue),
    team: header(team.tokenValue),
    'vouched for': header(await vouchedFor()),
    'update at own': header(update),
    'update at sibling': header(update),
    'preview at own': header(looking),
    'preview at sibling': header(looking),
    pool: `Bearer ${own.token}`,
    job: `Bearer ${job}`,
    lease: `update-token ${lease.token}`,
  }
  const url = await world.app.listen({ port: 0, host: '127.0.0.1' })
  const stacks: Partial<Record<Holder, string>> = { 'update at own': 'up', 'preview at own': 'pre' }

  return {
    async answer(route, holder) {
      const values: Readonly<Record<string, string>> = {
        organization: 'acme',
        project: 'web',
        stack: stacks[holder] ?? PLAIN,
        team: 'spare',
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
      // A route may have deleted it: whoever comes next finds one all the same.
      if (route.url.includes(':team'))
        await world.call('POST', '/api/orgs/acme/teams/pulumi', { body: { name: 'spare' } })
      const authorization = credentials[holder]
      const hasBody = route.method !== 'GET' && route.method !== 'HEAD'
      const response = await fetch(`${url}${path}${QUERIES[`${route.method} ${route.url}`] ?? ''}`, {
        method: route.method,
        redirect: 'manual',
        headers: {
          accept: 'application/json',
          ...(authorization !== undefined && { authorization }),
          ...(hasBody && { 'content-type': 'application/json' }),
        },
        ...(hasBody && { body: JSON.stringify(BODIES[`${route.method} ${route.url}`] ?? {}) }),
      })
      const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true
      // It has no end: that it begins is the answer.
      if (isStream) await response.body?.cancel()
      const [statusCode, payload] = [response.status, isStream ? '' : await response.text()]
      world.takeFaults()
      return {
        class: classOf(route.method, statusCode, payload),
        text: `${statusCode} ${payload.slice(0, 300)}`,
      }
    },
  }
}

/** Said of what is asked for, to whoever may ask: the deployment here has no git host. */
const NOT_OF_THE_CALLER: ReadonlySet<string> = new Set(['source_not_from_host'])

function classOf(method: string, status: number, payload: string): Class {
  const reason = payload.startsWith('{') ? (JSON.parse(payload) as { reason?: string }).reason : undefined
  if (status === 401) return '401'
  if (status === 403) return reason !== undefined && NOT_OF_THE_CALLER.has(reason) ? 'in' : '403'
  if (status !== 404) return 'in'
  // It has no body to say what was not found.
  if (method === 'HEAD') return '404'
  return reason !== undefined && HIDDEN.has(reason) ? '404' : 'in'
}

const random = (): string => `pul-${randomBytes(20).toString('hex')}`
const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest()
