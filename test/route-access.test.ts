/** Every route with every kind of token, over the list of routes that the server itself has. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Route } from '../tools/contract/openapi.ts'
import { routesOfServer } from '../tools/contract/routes.ts'
import { everyToken, HOLDERS, type Holders } from './harness/every-token.ts'
import { RULES, type Rule } from './harness/route-rules.ts'
import { createWorld, type World } from './harness/world.ts'

let world: World
let holders: Holders
let routes: readonly Route[]
beforeAll(async () => {
  const all = await routesOfServer()
  const read = new Set(all.filter(({ method }) => method === 'GET').map(({ url }) => url))
  routes = all.filter(({ method, url }) => method !== 'HEAD' || !read.has(url))
  // Most of the requests below have a token that is none.
  world = await createWorld({ flags: ['--failed-logins-per-minute', '0'] })
  holders = await everyToken(world)
})
afterAll(() => world.close())

const nameOf = ({ method, url }: Route): string => `${method} ${url}`
/** They refuse everybody alike, and know nothing. */
const isNotOffered = ({ schema }: Route): boolean => schema.tags?.includes('Not offered') === true

test('each route stands in the table once, and the table names no other', () => {
  expect(unlisted(routes, RULES)).toEqual([])
  const named = RULES.flatMap((rule) => rule.routes)
  expect(named.toSorted()).toEqual([...new Set(named)].sort())
  const real = new Set(routes.map(nameOf))
  expect(named.filter((name) => !real.has(name))).toEqual([])
})

test('a route that nobody listed is found, and so is a row that says something else than is', async () => {
  const added = { ...(routes[0] as Route), method: 'GET', url: '/api/orgs/:organization/news' }
  expect(unlisted([...routes, added], RULES)).toEqual(['GET /api/orgs/:organization/news'])
  const right = RULES.find(({ routes: of }) => of.includes('GET /api/orgs/:organization/tokens')) as Rule
  const route = routes.filter((one) => nameOf(one) === 'GET /api/orgs/:organization/tokens')
  for (const holder of HOLDERS) {
    const wrong = right.classes[holder] === 'in' ? '403' : 'in'
    const faults = await faultsOf(route, { ...right, classes: { ...right.classes, [holder]: wrong } })
    expect(faults).toEqual([expect.stringContaining(`as ${holder}: ${wrong}, not `)])
  }
})

test.each(RULES.map((rule): [string, Rule] => [rule.for, rule]))('for %s', async (_name, rule) => {
  expect(Object.keys(rule.classes).sort()).toEqual(HOLDERS.toSorted())
  const ofRule = routes.filter((one) => rule.routes.includes(nameOf(one)))
  expect(await faultsOf(ofRule, rule)).toEqual([])
})

function unlisted(all: readonly Route[], rules: readonly Rule[]): string[] {
  const named = new Set(rules.flatMap((rule) => rule.routes))
  return all.filter((route) => !isNotOffered(route) && !named.has(nameOf(route))).map(nameOf)
}

async function faultsOf(ofRule: readonly Route[], rule: Rule): Promise<string[]> {
  const faults: string[] = []
  for (const route of ofRule) {
    for (const holder of HOLDERS) {
      const answer = await holders.answer(route, holder)
      const expected = rule.classes[holder]
      if (answer.class !== expected)
        faults.push(`${nameOf(route)} as ${holder}: ${expected}, not ${answer.text}`)
    }
  }
  return faults
}

test('what is not offered refuses everybody alike', async () => {
  for (const route of routes.filter(isNotOffered)) {
    const answers = await Promise.all(HOLDERS.map((holder) => holders.answer(route, holder)))
    expect(new Set(answers.map(({ text }) => text)).size, nameOf(route)).toBe(1)
    expect(answers[0]?.text, nameOf(route)).toMatch(/^404 /)
  }
})
