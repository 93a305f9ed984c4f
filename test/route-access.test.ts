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
  world = await createWorld()
  holders = await everyToken(world)
})
afterAll(() => world.close())

const nameOf = ({ method, url }: Route): string => `${method} ${url}`
/** They refuse everybody alike, and know nothing. */
const isNotOffered = ({ schema }: Route): boolean => schema.tags?.includes('Not offered') === true

test('each route stands in the table once, and the table names no other', () => {
  const named = RULES.flatMap((rule) => rule.routes)
  expect(named.toSorted()).toEqual([...new Set(named)].sort())
  const real = routes.filter((route) => !isNotOffered(route)).map(nameOf)
  expect(real.filter((name) => !named.includes(name))).toEqual([])
  expect(named.filter((name) => !real.includes(name))).toEqual([])
})

test.each(RULES.map((rule): [string, Rule] => [rule.for, rule]))('for %s', async (_name, rule) => {
  expect(rule.classes).toHaveLength(HOLDERS.length)
  const faults: string[] = []
  for (const route of routes.filter((one) => rule.routes.includes(nameOf(one)))) {
    for (const [column, holder] of HOLDERS.entries()) {
      const answer = await holders.answer(route, holder)
      const expected = rule.classes[column]
      if (answer.class !== expected)
        faults.push(`${nameOf(route)} as ${holder}: ${expected}, not ${answer.text}`)
    }
  }
  expect(faults).toEqual([])
})

test('what is not offered refuses everybody alike', async () => {
  for (const route of routes.filter(isNotOffered)) {
    const answers = await Promise.all(HOLDERS.map((holder) => holders.answer(route, holder)))
    expect(new Set(answers.map(({ text }) => text)).size, nameOf(route)).toBe(1)
    expect(answers[0]?.text, nameOf(route)).toMatch(/^404 /)
  }
})
