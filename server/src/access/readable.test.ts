/** Lists are made by SQL and single stacks are judged by a rule in TypeScript: both must say the same, whatever was given. */
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import { listOf } from '../deployments/read.sql.ts'
import { listStacks } from '../stacks/list.ts'
import { findStack } from '../stacks/stack.ts'
import { usageByStack } from '../usage/report.sql.ts'
import { canReadStack, isOrganizationAdmin, readableStacks } from './permission.ts'
import { actingUser } from './person.ts'
import type { UserPrincipal } from './principal.ts'

const NAMES = ['a', 'b', 'c'] as const
const FIRST_PAGE = { page: 1, pageSize: 100, sort: 'created', ascending: true } as const
const PERMISSIONS = [101, 102, 103] as const

/** One organization's part of a world; the caller is one person of it, or one team's token. */
const organization = fc.record({
  byDefault: fc.constantFrom(0, ...PERMISSIONS),
  role: fc.constantFrom('admin', 'member', 'billing-manager', undefined),
  inTeam: fc.boolean(),
  stacks: fc.array(
    fc.record({
      made: fc.boolean(),
      person: fc.constantFrom(undefined, ...PERMISSIONS),
      team: fc.constantFrom(undefined, ...PERMISSIONS),
      anotherTeam: fc.constantFrom(undefined, ...PERMISSIONS),
    }),
    { minLength: NAMES.length, maxLength: NAMES.length },
  ),
})
type Part = typeof organization extends fc.Arbitrary<infer Value> ? Value : never

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

interface Built {
  readonly organizations: readonly string[]
  readonly users: readonly UserPrincipal[]
}

let serial = 0

async function build(parts: readonly Part[]): Promise<Built> {
  const { db } = database
  serial += 1
  const organizations = parts.map((_part, index) => `org-${serial}-${index}`)
  const [personId, poolId] = [randomUUID(), randomUUID()]
  const tokens: string[] = []
  const run = (text: string, ...values: unknown[]) => db.query(text, values)
  await run("insert into users (id, login, name) values ($1, $2, '')", personId, `alice-${serial}`)
  await run('insert into pools (id, name) values ($1, $2)', poolId, `pool-${serial}`)
  for (const [index, { byDefault, role, inTeam, stacks }] of parts.entries()) {
    const [org, team, another, token] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()]
    const name = organizations[index]
    await run(
      'insert into organizations (id, name, default_stack_permission) values ($1, $2, $3)',
      org,
      name,
      byDefault,
    )
    for (const [id, called] of [
      [team, 'ops'],
      [another, 'dev'],
    ])
      await run(
        "insert into teams (id, organization_id, name, display_name) values ($1, $2, $3, '')",
        id,
        org,
        called,
      )
    const service = `insert into users (id, kind, login, name, organization_id, team_id, token_role)
                     values ($1, 'team', 'token:' || $2 || '/ops/ci', 'ci', $3, $4, 'none')`
    await run(service, token, name, org, team)
    tokens.push(token)
    if (role !== undefined) {
      await run(
        'insert into members (organization_id, user_id, role) values ($1, $2, $3)',
        org,
        personId,
        role,
      )
      const intoTeam =
        "insert into team_members (organization_id, team_id, user_id, role) values ($1, $2, $3, 'member')"
      if (inTeam) await run(intoTeam, org, team, personId)
    }
    for (const [place, one] of stacks.entries()) {
      const id = randomUUID()
      const insert =
        "insert into stacks (id, organization_id, project, name, created_by) values ($1, $2, 'web', $3, $4)"
      await run(insert, id, org, NAMES[place], one.made ? personId : null)
      const toTeam =
        'insert into team_stacks (organization_id, team_id, stack_id, permission) values ($1, $2, $3, $4)'
      if (one.team !== undefined) await run(toTeam, org, team, id, one.team)
      if (one.anotherTeam !== undefined) await run(toTeam, org, another, id, one.anotherTeam)
      const toPerson =
        'insert into stack_collaborators (organization_id, user_id, stack_id, permission) values ($1, $2, $3, $4)'
      if (one.person !== undefined && role !== undefined) await run(toPerson, org, personId, id, one.person)
      const deployment = randomUUID()
      await run(
        `insert into deployments (id, stack_id, organization_id, version, operation, status, pool_id, requested_by,
                                  trigger, settings, timeout_seconds, ended_at)
         values ($1, $2, $3, 1, 'update', 'succeeded', $4, $5, 'rest', '{}', 60, now())`,
        deployment,
        id,
        org,
        poolId,
        personId,
      )
      await run(
        `insert into usage_records (deployment_id, organization_id, stack_id, project, stack, operation, started_at, ended_at)
         values ($1, $2, $3, 'web', $4, 'update', now() - interval '1 minute', now())`,
        deployment,
        org,
        id,
        NAMES[place],
      )
    }
  }
  const users = await Promise.all([personId, ...tokens].map((id) => actingUser(db, id)))
  return { organizations, users: users.filter((user) => user !== undefined) }
}

async function judged(user: UserPrincipal, of: string): Promise<string[]> {
  const stacks = await Promise.all(
    NAMES.map((stack) => findStack(database.db, { organization: of, project: 'web', stack })),
  )
  return stacks.filter((stack) => stack && canReadStack(user, stack)).map((stack) => stack?.name ?? '')
}

test('what a list shows is what may be read', async () => {
  const { db } = database
  await fc.assert(
    fc.asyncProperty(fc.tuple(organization, organization), async (parts) => {
      const { organizations, users } = await build(parts)
      for (const user of users) {
        const expected = await Promise.all(organizations.map((name) => judged(user, name)))
        const { stacks } = await listStacks(db, user, {})
        for (const [index, name] of organizations.entries()) {
          const of = (all: readonly { organization: string; name: string }[]) =>
            all.filter((stack) => stack.organization === name).map((stack) => stack.name)
          expect(of(stacks)).toEqual(expected[index])
          expect(of((await listStacks(db, user, { organization: name })).stacks)).toEqual(expected[index])
          const membership = user.memberships.find((one) => one.organization === name)
          if (!membership) continue
          const { organizationId } = membership
          const readable = readableStacks(user, name)
          const page = { ...FIRST_PAGE, statuses: undefined, operations: undefined }
          const deployments = await listOf(db, { organizationId, readable }, page)
          expect(deployments.rows.map(({ stack }) => stack).sort()).toEqual(expected[index])
          expect(deployments.total).toBe(expected[index]?.length)
          const range = { begin: new Date(Date.now() - 3_600_000), end: new Date(Date.now() + 3_600_000) }
          const usage = await usageByStack(db, organizationId, range, readable)
          expect(usage.map(({ stack }) => stack).sort()).toEqual(expected[index])
          if (isOrganizationAdmin(user, organizationId)) expect(expected[index]).toEqual([...NAMES])
        }
      }
    }),
    { numRuns: 15, seed: 7 },
  )
})
