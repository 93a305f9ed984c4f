/** What drawn requests may hit: made anew each round, for some of them delete, pause, demote and rename what they find. */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { hashToken, makeToken } from '../../../server/src/access/token.ts'
import { GIT, type World } from '../world.ts'
import type { Existing } from './requests.ts'

const ORGANIZATION = '/api/orgs/acme'
const PUBLIC_KEY = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })

type Call = (method: string, path: string, body?: unknown) => Promise<Made>
// biome-ignore lint/suspicious/noExplicitAny: an answer's shape is the route's own business
type Made = any

export async function makeExisting(world: World, round: number): Promise<Existing> {
  await undoHarm(world)
  const call: Call = async (method, path, body) => {
    const answer = await world.call(method, path, body === undefined ? {} : { body })
    if (answer.status >= 300)
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
    return answer.body
  }
  const stack = `f${round}`
  await world.addStack(stack)
  await world.addStack(`${stack}-other`)
  const deployments = await makeDeployments(world, call, `/api/stacks/acme/web/${stack}`, round)
  const other = `/api/stacks/acme/web/${stack}-other`
  const update = await call('POST', `${other}/update`, {})
  // Either kind of state writes is refused by an update of the other kind.
  const started = await call('POST', `${other}/update/${update.updateID}`, { journalVersion: round % 2 })
  const unstarted = await call('POST', `${other}/update`, {})
  await call('POST', `${other}/tags`, { name: 'team', value: 'platform' })
  const hooks = await makeHooks(call, `/api/stacks/acme/web/${stack}`)
  const { admin, member, stranger } = world.tokens
  return {
    values: {
      organization: [...Array<string>(8).fill('acme'), 'other', 'nowhere'],
      project: ['web'],
      stack: [...Array<string>(4).fill(stack), ...Array<string>(3).fill(`${stack}-other`), 'gone'],
      updateId: [update.updateID, update.updateID, unstarted.updateID],
      version: ['1', '2', '0'],
      pool: [`pool-${round}`, 'default'],
      tag: ['pulumi:project', 'team', 'team'],
      continuationToken: ['0-0-1', '0-0-0'],
      ...deployments.values,
      ...hooks,
      ...(await makeAccess(call, round)),
    },
    credentials: {
      person: [...Array<string>(6).fill(admin), member, stranger].map((one) => `token ${one}`),
      operator: [`token ${await operatorOf(world)}`],
      update: [`update-token ${started.token}`],
      ...deployments.credentials,
    },
  }
}

/** Of what a round could do to those who make the next one. */
async function undoHarm({ db, userIds, organizationIds }: World): Promise<void> {
  await db.query(/* sql */ `
    update organizations set running_deployments = 0, concurrency_limit = 1000, deployments_paused = false,
      default_stack_permission = 102, members_create_stacks = true, members_delete_stacks = true, max_token_days = null`)
  await db.query('update users set deactivated_at = null')
  const members = [
    [userIds.admin, organizationIds.acme, 'admin'],
    [userIds.member, organizationIds.acme, 'member'],
    [userIds.stranger, organizationIds.other, 'admin'],
  ]
  for (const values of members) {
    await db.query(
      /* sql */ `
      insert into members (user_id, organization_id, role) values ($1, $2, $3)
      on conflict (organization_id, user_id) do update set role = excluded.role`,
      values,
    )
  }
}

async function makeDeployments(world: World, call: Call, path: string, round: number) {
  await call('PUT', `${path}/deployments/settings`, { sourceContext: { git: GIT }, tag: 'x' })
  const pool = await call('POST', `${ORGANIZATION}/agent-pools`, { name: `pool-${round}`, description: '' })
  const drift = await call('POST', `${path}/deployments`, { operation: 'detect-drift', agentPoolID: pool.id })
  const waiting = await call('POST', `${path}/deployments`, { operation: 'preview' })
  const claim = await world.claim({ token: pool.tokenValue })
  const jobToken = claim?.jobToken ?? ''
  await world.job('POST', '/api/daypass/job/start', jobToken, {})
  await world.job('POST', '/api/daypass/job/step', jobToken, { step: 0, name: 'Setup', status: 'running' })
  const cron = { scheduleCron: '0 4 * * *' }
  const schedules = [
    await call('POST', `${path}/deployments/schedules`, { ...cron, request: { operation: 'update' } }),
    await call('POST', `${path}/deployments/drift/schedules`, cron),
    await call('POST', `${path}/deployments/ttl/schedules`, { timestamp: '2099-01-01T00:00:00Z' }),
  ]
  return {
    values: {
      deploymentId: [drift.id, waiting.id],
      runId: [drift.id],
      poolId: [pool.id, world.sharedPool.id],
      scheduleId: schedules.map(({ id }) => id as string),
    },
    credentials: { job: [`Bearer ${jobToken}`], runner: [`Bearer ${pool.tokenValue}`] },
  }
}

/** One of each kind by the same name, each with a delivery. */
async function makeHooks(call: Call, stackPath: string) {
  const events: string[] = []
  for (const path of [`${stackPath}/hooks`, `${ORGANIZATION}/hooks`]) {
    const [, , , organizationName, projectName, stackName] = path.split('/')
    const of = path.startsWith(ORGANIZATION)
      ? { organizationName: 'acme' }
      : { organizationName, projectName, stackName }
    const hook = { ...of, displayName: 'h', payloadUrl: 'https://hooks.example.com/', active: true }
    await call('DELETE', `${path}/hook`).catch(() => undefined)
    await call('POST', path, { ...hook, name: 'hook' })
    events.push((await call('POST', `${path}/hook/ping`)).id)
  }
  return { hook: ['hook'], event: events }
}

async function makeAccess(call: Call, round: number) {
  const token = { description: 'to be deleted', expires: 0 }
  const team = `team-${round}`
  await call('POST', `${ORGANIZATION}/teams/pulumi`, { name: team, displayName: team, description: '' })
  const tokens = [
    await call('POST', '/api/user/tokens', token),
    await call('POST', `${ORGANIZATION}/tokens`, { ...token, name: `of-acme-${round}`, admin: false }),
    await call('POST', `${ORGANIZATION}/teams/${team}/tokens`, { ...token, name: `of-team-${round}` }),
  ]
  const issuer = await call('POST', `${ORGANIZATION}/oidc/issuers`, {
    name: `ci-${round}`,
    url: `https://ci-${round}.example.com`,
    jwks: { keys: [{ ...PUBLIC_KEY, kid: 'k', use: 'sig', alg: 'RS256' }] },
  })
  const policy = await call('GET', `${ORGANIZATION}/auth/policies/oidcissuers/${issuer.id}`)
  return {
    team: [team],
    login: ['member', 'stranger', 'nobody'],
    id: tokens.map(({ id }) => id as string),
    issuerId: [issuer.id],
    policyId: [policy.id],
  }
}

const operators = new WeakMap<World, string>()

/** Whoever runs the installation, and belongs to no organization. */
async function operatorOf(world: World): Promise<string> {
  const known = operators.get(world)
  if (known !== undefined) return known
  const [id, token] = [randomUUID(), makeToken('access', randomBytes)]
  await world.db.query(
    `insert into users (id, login, name, site_admin) values ($1, 'operator', 'Operator', true)`,
    [id],
  )
  await world.db.query('insert into access_tokens (id, user_id, token_hash) values ($1, $2, $3)', [
    randomUUID(),
    id,
    hashToken(token),
  ])
  operators.set(world, token)
  return token
}
