/** How a row of route-rules.ts is written: one word for each kind of token, in a fixed order. */
import type { Class, Holder } from './every-token.ts'

export interface Rule {
  readonly for: string
  readonly classes: Readonly<Record<Holder, Class>>
  /** A HEAD is its GET's. */
  readonly routes: readonly string[]
}

/** The order of the words in a rule. Who stands in none of these lists is told 401, unless the rule says otherwise. */
const PEOPLE = ['site admin', 'admin', 'maker', 'writer', 'reader', 'billing manager', 'stranger'] as const
const PROGRAMS = ['organization', 'organization admin', 'team'] as const
const VOUCHED = ['vouched for'] as const
const JOBS = ['update at own', 'update at sibling', 'preview at own', 'preview at sibling'] as const
const NOBODY = ['none', 'malformed', 'unknown', 'expired', 'revoked'] as const
/** Of a runner, a job's supervisor, and one update. */
const OWN = ['pool', 'job', 'lease'] as const

interface Words {
  readonly people: string
  readonly programs: string
  /** What the reader is told, unless it says otherwise. */
  readonly vouched?: string
  readonly jobs: string
  readonly nobody?: string
  readonly own?: string
}

export const ALL_401 = '401 401 401 401 401 401 401'
export const NEVER_A_JOB = '403 403 403 403'

export function rule(name: string, words: Words, routes: readonly string[]): Rule {
  const lists: readonly (readonly [readonly Holder[], string])[] = [
    [NOBODY, words.nobody ?? ALL_401],
    [PEOPLE, words.people],
    [PROGRAMS, words.programs],
    [VOUCHED, words.vouched ?? words.people.split(' ')[PEOPLE.indexOf('reader')] ?? ''],
    [JOBS, words.jobs],
    [OWN, words.own ?? ALL_401],
  ]
  const classes = lists.flatMap(([holders, text]) => {
    const given = text.split(' ')
    return holders.map((holder, index) => [holder, given[index]])
  })
  return { for: name, classes: Object.fromEntries(classes), routes: routes.flatMap(inFull) }
}

const UPDATE_KINDS = ['update', 'preview', 'refresh', 'destroy'] as const

/** `{kind}` is each kind of update, `{S}` the path of a stack, `{O}` that of an organization. */
function inFull(route: string): string[] {
  const full = route
    .replace('{S}', '/api/stacks/:organization/:project/:stack')
    .replace('{O}', '/api/orgs/:organization')
  return full.includes('{kind}') ? UPDATE_KINDS.map((kind) => full.replace('{kind}', kind)) : [full]
}
