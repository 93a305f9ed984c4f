/** What the pages of an organization have to show: people, teams, tokens and runners, some with words of no good will. */
import type { TestServer } from './server.ts'

export interface OrganizationWorld {
  readonly poolId: string
}

export async function makeOrganization(server: TestServer, hostile: string): Promise<OrganizationWorld> {
  const pool = { name: 'builders', description: hostile }
  const { id: poolId, tokenValue } = await made<{ id: string; tokenValue: string }>(
    server.call('POST', '/api/orgs/main/agent-pools', pool),
  )
  await showRunner(server.url, tokenValue, hostile)
  await addPeople(server, hostile)
  await addTeam(server, hostile)
  await addTokens(server, hostile)
  return { poolId }
}

async function addPeople({ call }: TestServer, hostile: string): Promise<void> {
  for (const [login, name, role] of [
    ['bob', hostile, 'member'],
    ['carol', 'Carol Chang', 'billing-manager'],
    ['dave', 'Dave Dorn', 'member'],
  ] as const) {
    await made(call('POST', '/api/daypass/users', { login, name, email: `${login}@example.com` }))
    await made(call('POST', `/api/orgs/main/members/${login}`, { role }))
  }
  await made(call('POST', '/api/daypass/users/dave/deactivate'))
  const invited = { login: 'erin', name: hostile, role: 'admin' }
  await made(call('POST', '/api/daypass/orgs/main/invitations', invited))
}

async function addTeam({ call }: TestServer, hostile: string): Promise<void> {
  await made(
    call('POST', '/api/orgs/main/teams/pulumi', {
      name: 'platform',
      displayName: hostile,
      description: hostile,
    }),
  )
  const stack = { projectName: 'shop', stackName: 'dev', permission: 102 }
  await made(
    call('PATCH', '/api/orgs/main/teams/platform', {
      memberAction: 'add',
      member: 'bob',
      addStackPermission: stack,
    }),
  )
  await made(call('PUT', '/api/daypass/stacks/main/shop/dev/collaborators/bob', { permission: 103 }))
}

async function addTokens({ call }: TestServer, hostile: string): Promise<void> {
  const ends = { expires: Math.floor(Date.now() / 1000) + 30 * 86_400, description: hostile }
  await made(call('POST', '/api/user/tokens', ends))
  await made(call('POST', '/api/orgs/main/tokens', { name: 'nightly', admin: true, ...ends }))
  await made(call('POST', '/api/orgs/main/teams/platform/tokens', { name: 'ci', ...ends, expires: 0 }))
}

/** Asks once for work, as a runner does, and calls itself what it likes. */
async function showRunner(url: string, poolToken: string, hostile: string): Promise<void> {
  const response = await fetch(`${url}/api/daypass/runner/claim`, {
    method: 'POST',
    headers: { Authorization: `bearer ${poolToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      runnerName: hostile.slice(0, 100),
      runnerVersion: '0.1.0',
      launcher: 'bubblewrap',
      platform: 'linux/x64',
      hostname: 'build-01.example.com',
      pid: 4711,
      waitSeconds: 0,
    }),
  })
  if (response.status !== 204) throw new Error(`${response.status} ${await response.text()}`)
}

/** Each must be taken: a refused one would prove nothing about the pages. */
async function made<Answer>(
  answer: Promise<{ readonly status: number; readonly body: unknown }>,
): Promise<Answer> {
  const { status, body } = await answer
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`)
  return body as Answer
}
