// Whether every route of the server stands in the table that says which token it is for, and the table names no other.
import { RULES } from '../test/harness/route-rules.ts'
import type { Route } from './contract/openapi.ts'
import { routesOfServer } from './contract/routes.ts'

/** `GET /api/user`; a HEAD is its GET's, and what is not offered refuses everybody alike. */
export function routesWithRule(all: readonly Route[]): readonly Route[] {
  const read = new Set(all.filter(({ method }) => method === 'GET').map(({ url }) => url))
  return all.filter((route) => !isNotOffered(route) && !(route.method === 'HEAD' && read.has(route.url)))
}

export function isNotOffered({ schema }: Route): boolean {
  return schema.tags?.includes('Not offered') === true
}

export function nameOf({ method, url }: Route): string {
  return `${method} ${url}`
}

export interface RouteRuleFaults {
  readonly withoutRule: readonly string[]
  readonly withoutRoute: readonly string[]
  readonly twice: readonly string[]
}

/** @param named the routes of the table */
export function routeRuleFaults(routes: readonly Route[], named: readonly string[]): RouteRuleFaults {
  const real = routesWithRule(routes).map(nameOf)
  return {
    withoutRule: real.filter((name) => !named.includes(name)),
    withoutRoute: named.filter((name) => !real.includes(name)),
    twice: named.filter((name, index) => named.indexOf(name) !== index),
  }
}

/** @returns a sentence, or undefined when the table is whole */
export async function routeRulesDrift(): Promise<string | undefined> {
  const named = RULES.flatMap((rule) => rule.routes)
  const { withoutRule, withoutRoute, twice } = routeRuleFaults(await routesOfServer(), named)
  const sentences = [
    withoutRule.length > 0 && `These routes do not say which token they are for: ${withoutRule.join(', ')}.`,
    withoutRoute.length > 0 && `These are no routes any more: ${withoutRoute.join(', ')}.`,
    twice.length > 0 && `These stand there twice: ${twice.join(', ')}.`,
  ].filter((sentence) => sentence !== false)
  if (sentences.length === 0) return undefined
  return `${sentences.join('\n')}\nMend test/harness/route-rules.ts, and run \`npm test -- test/route-access\`: it asks each route with every token.`
}
