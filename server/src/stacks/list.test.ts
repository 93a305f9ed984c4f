import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import type { UserPrincipal } from '../access/principal.ts'
import { listStacks, type StackQuery } from './list.ts'

/** Names that sort apart from their projects: a place in the list is both together. */
const PROJECTS = ['a', 'b', 'c'] as const
const NAMES = ['z', 'y', 'n', 'm', 'a', 'dev'] as const

let database: TestDatabase
let person: UserPrincipal

beforeAll(async () => {
  database = await createTestDatabase()
  const { db } = database
  const ids = [randomUUID(), randomUUID()]
  for (const id of ids) {
    await db.query('insert into organizations (id, name) values ($1, $2)', [id, `o-${id.slice(0, 8)}`])
    for (const project of PROJECTS) {
      for (const name of NAMES) {
        const tags = { short: name.length === 1 ? 'yes' : 'no' }
        await db.query(
          'insert into stacks (id, organization_id, project, name, tags) values ($1, $2, $3, $4, $5)',
          [randomUUID(), id, project, name, JSON.stringify(tags)],
        )
      }
    }
  }
  const memberships = ids.map((organizationId) => ({
    organizationId,
    organization: `o-${organizationId.slice(0, 8)}`,
    role: 'member' as const,
  }))
  const login = 'somebody'
  person = { kind: 'user', userId: randomUUID(), login, name: '', email: '', siteAdmin: false, memberships }
})
afterAll(() => database.drop())

async function walk(query: StackQuery): Promise<string[]> {
  const all: string[] = []
  let continuationToken: string | null = ''
  while (continuationToken !== null) {
    const page = await listStacks(database.db, person, { ...query, continuationToken })
    expect(page.stacks.length).toBeLessThanOrEqual(query.maxResults ?? 500)
    all.push(
      ...page.stacks.map(({ organizationId, project, name }) => `${organizationId} ${project} ${name}`),
    )
    continuationToken = page.continuationToken
  }
  return all
}

function expected(projects: readonly string[], names: readonly string[]): string[] {
  return person.memberships
    .flatMap(({ organizationId }) =>
      projects.flatMap((project) => names.map((name) => `${organizationId} ${project} ${name}`)),
    )
    .sort()
}

test.each([1, 2, 5, 7, 8, 35, 36, 500])(
  'pages of %d show every stack once and in order',
  async (maxResults) => {
    expect(await walk({ maxResults })).toEqual(expected(PROJECTS, NAMES))
    expect(await walk({ maxResults, project: 'b' })).toEqual(expected(['b'], NAMES))
    const short = NAMES.filter((name) => name.length === 1)
    expect(await walk({ maxResults, tagName: 'short', tagValue: 'yes' })).toEqual(expected(PROJECTS, short))
    const both = { maxResults, project: 'c', tagName: 'short' }
    expect(await walk(both)).toEqual(expected(['c'], NAMES))
  },
)
