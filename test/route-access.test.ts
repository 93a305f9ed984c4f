/** Every route with every kind of token, over the list of routes that the server itself has. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Route } from '../tools/contract/openapi.ts'
import { routesOfServer } from '../tools/contract/routes.ts'
import { isNotOffered, nameOf, routeRuleFaults, routesWithRule } from '../tools/route-rules.ts'
import { everyToken, HOLDERS, type Holders } from './harness/every-token.ts'
import type { Rule } from './harness/route-rule.ts'
import { RULES } from './harness/route-rules.ts'
import { createWorld, type World } from './harness/world.ts'

let world: World
let holders: Holders
let all: readonly Route[]
beforeAll(async () => {
  all = await routesOfServer()
  // Most of the requests below have a token that is none.
  world = await createWorld({ flags: ['--failed-logins-per-minute', '0'] })
  holders = await everyToken(world)
})
afterAll(() => world.close())

const named = RULES.flatMap((rule) => rule.routes)

test('each route stands in the table once, and the table names no other', () => {
  const nothing = { withoutRule: [], withoutRoute: [], twice: [] }
  expect(routeRuleFaults(all, named)).toEqual(nothing)
  const added = { ...(all[0] as Route), method: 'GET', url: '/api/orgs/:organization/news' }
  expect(routeRuleFaults([...all, added], [...named, 'GET /gone', 'GET /healthz'])).toEqual({
    withoutRule: ['GET /api/orgs/:organization/news'],
    withoutRoute: ['GET /gone'],
    twice: ['GET /healthz'],
  })
})

test('a row that says something else than is would be found', async () => {
  const name = 'GET /api/orgs/:organization/tokens'
  const right = RULES.find(({ routes }) => routes.includes(name)) as Rule
  for (const holder of HOLDERS) {
    const wrong = right.classes[holder] === 'in' ? '403' : 'in'
    const classes = { ...right.classes, [holder]: wrong }
    const faults = await faultsOf({ ...right, routes: [name], classes })
    expect(faults).toEqual([expect.stringContaining(`as ${holder}: ${wrong}, not `)])
  }
})

test.each(RULES.map((rule): [string, Rule] => [rule.for, rule]))('for %s', async (_name, rule) => {
  expect(Object.keys(rule.classes).sort()).toEqual(HOLDERS.toSorted())
  expect(await faultsOf(rule)).toEqual([])
})

async function faultsOf(rule: Rule): Promise<string[]> {
  const faults: string[] = []
  for (const route of routesWithRule(all).filter((one) => rule.routes.includes(nameOf(one)))) {
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
  for (const route of all.filter(isNotOffered)) {
    const answers = await Promise.all(HOLDERS.map((holder) => holders.answer(route, holder)))
    expect(new Set(answers.map(({ text }) => text)).size, nameOf(route)).toBe(1)
    expect(answers[0]?.text, nameOf(route)).toMatch(/^404 /)
  }
})
