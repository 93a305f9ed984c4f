/** Calls a row against the running server, and says what came of it in the words of the table. */
import { expect } from 'vitest'
import type { TestServer } from '../server.ts'
import { modelFault } from './models.ts'
import type { ContractArea, ContractRow, Known } from './row.ts'

const STACK = '/api/stacks/{org}/{project}/{stack}'
/** For what a row that is not there would have made. */
const NOTHING = '00000000-0000-4000-8000-000000000000'

/** @returns The state for the table. Fails the test where the row is not as it says. */
export async function checkRow(server: TestServer, row: ContractRow, known: Known): Promise<string> {
  const answer = await send(server, row, known)
  if (row.notYet || row.notOffered !== undefined) {
    expectNoRoute(row, answer)
    return row.notYet ? 'not yet' : `not offered: ${row.notOffered}`
  }
  expect(answer.status, `${row.call}: ${JSON.stringify(answer.body)}`).toBe(row.status ?? 200)
  expectForm(row, answer)
  expectFields(row, answer, known)
  for (const [name, path] of Object.entries(row.keeps ?? {})) known[name] = fieldAt(answer.body, path)
  return row.differs === undefined ? 'works' : `differs: ${row.differs}`
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed where it is JSON; undefined for an empty one. */
  // biome-ignore lint/suspicious/noExplicitAny: an answer's shape is what is checked
  readonly body: any
}

async function send(server: TestServer, row: ContractRow, known: Known): Promise<Answer> {
  const [method = '', path = ''] = row.call.split(' ')
  const values: Known = { ...known, ...row.at }
  const filled = path.replace('{S}', STACK).replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    const value = values[name] ?? (row.notYet ? NOTHING : undefined)
    if (value === undefined) throw new Error(`${row.call}: no row before this one has made a ${name}.`)
    return encodeURIComponent(value)
  })
  const body = typeof row.body === 'function' ? row.body(values) : row.body
  const sent = body === undefined ? undefined : JSON.stringify(body)
  const response = await fetch(server.url + (row.query === undefined ? filled : `${filled}?${row.query}`), {
    method,
    // As generated clients do, also without a body.
    headers: {
      'content-type': 'application/json',
      authorization: `token ${server.adminToken}`,
      ...row.headers?.(values, sent ?? ''),
    },
    ...(sent !== undefined && { body: sent }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : isJson ? JSON.parse(text) : text,
  }
}

function expectForm(row: ContractRow, { status, headers, body }: Answer): void {
  if (row.contentType) {
    expect(headers.get('content-type'), row.call).toMatch(row.contentType)
    return
  }
  if (row.answers === undefined) {
    expect(body, row.call).toBeUndefined()
    return
  }
  expect(headers.get('content-type'), row.call).toMatch(/^application\/json\b/)
  expect(modelFault(row.answers, body), `${row.call}: ${JSON.stringify(body)}`).toBeUndefined()
  if (row.answers === 'ErrorBody') expect(body.code, row.call).toBe(status)
}

function expectFields({ call, holds }: ContractRow, { body }: Answer, known: Known): void {
  try {
    holds?.(body, known)
  } catch (error) {
    throw new Error(`${call}: ${(error as Error).message} It is ${JSON.stringify(body)}`)
  }
}

/** A refusal that is about the route, and not about what was asked of it: then there would be one. */
function expectNoRoute({ call }: ContractRow, { status, headers, body }: Answer): void {
  const what = `${call} is listed as one that is not there, and answers ${status} ${JSON.stringify(body)}`
  expect([404, 501], what).toContain(status)
  expect(headers.get('content-type'), call).toMatch(/^application\/json\b/)
  expect(body, what).toMatchObject({ code: status, message: expect.stringMatching(/./) })
  expect(['unknown_route', 'not_offered'], what).toContain(body.reason)
}

function fieldAt(body: unknown, path: string): string {
  const value = path.split('.').reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], body)
  if (typeof value !== 'string') throw new Error(`The answer has no ${path}: ${JSON.stringify(body)}`)
  return value
}

/** One row for each call, in the order of the areas; `states` has what came of its rows. */
export function contractTable(
  areas: readonly ContractArea[],
  states: ReadonlyMap<ContractRow, string>,
): string {
  const lines = areas.flatMap(({ title, rows }) => {
    const calls = Map.groupBy(rows, ({ call }) => call)
    return [
      `| **${title}** | |`,
      ...[...calls].map(([call, same]) => `| \`${call}\` | ${stateOf(same, states)} |`),
    ]
  })
  return ['| Call | State |', '|---|---|', ...lines].join('\n')
}

/** Where a call was made in several ways, what does not simply work says more. */
function stateOf(rows: readonly ContractRow[], states: ReadonlyMap<ContractRow, string>): string {
  const all = new Set(rows.map((row) => states.get(row) ?? 'not called'))
  if (all.size > 1) all.delete('works')
  return [...all].join('; ')
}
