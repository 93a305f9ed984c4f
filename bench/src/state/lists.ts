/**
 * Pages of stacks and of updates, as the CLI reads them, in an installation with 10,000 of each beside one with 10.
 *
 * The pages are of the same size, and the two installations take turns.
 */
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Database } from '../../../server/src/db/database.ts'
import type { Verdict } from '../bench.ts'
import { PROJECT, userApi } from '../daypass/api.ts'
import { startBenchDatabase } from '../daypass/database.ts'
import { type Installation, ORGANIZATION, startInstallation } from '../daypass/installation.ts'
import { compareInTurn } from '../in-turn.ts'

const FEW = 10
const MANY = 10_000
const PAGE = 5
/** In turn; more than the first hundreds of requests of a server take to become quick. */
const WARM_UP = 300
const MEASURED = 300
const MOST_GROWTH = 1.2

interface Place {
  readonly get: (path: string) => Promise<Record<string, unknown>>
  readonly rows: number
}

/** @param main Gets 10,000 stacks, and a stack with 10,000 updates. */
export async function* measureLists(
  main: { readonly installation: Installation; readonly db: Database },
  environment: NodeJS.ProcessEnv,
): AsyncGenerator<Verdict> {
  await using stack = new AsyncDisposableStack()
  const database = stack.adopt(await startBenchDatabase(), (started) => started.stop())
  const small = stack.adopt(
    await startInstallation({ databaseUrl: database.url, environment, on: (command) => command }),
    (started) => started.stop(),
  )
  const agent = stack.adopt(new Agent({ keepAlive: true, maxSockets: 1 }), (one) => one.destroy())
  const few = await fill({ installation: small, db: database.db }, FEW, agent)
  const many = await fill(main, MANY, agent)
  for (const [name, pathOf] of Object.entries(LISTS)) {
    const [fewPath, manyPath] = [await pathOf(few), await pathOf(many)]
    yield await compareInTurn(`state-list-${name}`, {
      ours: () => many.get(manyPath),
      peer: () => few.get(fewPath),
      peerIs: `with ${FEW} instead of ${MANY}`,
      atMost: MOST_GROWTH,
      warmUp: WARM_UP,
      measured: MEASURED,
    })
  }
}

const STACKS = `/api/user/stacks?organization=${ORGANIZATION}&project=${PROJECT}&maxResults=`
const UPDATES = `/api/stacks/${ORGANIZATION}/${PROJECT}/listed/updates?pageSize=${PAGE}`

const LISTS: Readonly<Record<string, (place: Place) => string | Promise<string>>> = {
  stacks: () => `${STACKS}${PAGE}`,
  /** As `pulumi stack ls` goes on from page to page. */
  'stacks-page-in-the-middle': async ({ get, rows }) => {
    let token = ''
    for (let left = rows / 2; left > 0; left -= 500) {
      const page = await get(`${STACKS}${Math.min(left, 500)}${token}`)
      token = `&continuationToken=${String(page['continuationToken'])}`
    }
    return `${STACKS}${PAGE}${token}`
  },
  /** As `pulumi stack history` asks. */
  updates: () => `${UPDATES}&page=1`,
  'updates-last-page': ({ rows }) => `${UPDATES}&page=${rows / PAGE}`,
  /** As Pulumi's service tells it, with how many there are. */
  'updates-with-total': () => `${UPDATES}&page=1&output-type=service`,
}

async function fill(
  { installation, db }: { readonly installation: Installation; readonly db: Database },
  rows: number,
  agent: Agent,
): Promise<Place> {
  const { baseUrl, adminToken } = installation
  await userApi(baseUrl, ORGANIZATION, adminToken).createStack('listed')
  for (const statement of [ADD_STACKS, ADD_UPDATES, ADD_STATES, COUNT_UPDATES])
    await db.query(statement, [rows])
  await db.query('vacuum analyze')
  return {
    rows,
    get: async (path) => {
      const outgoing = request(baseUrl + path, { agent, headers: { authorization: `token ${adminToken}` } })
      outgoing.end()
      const [answer] = await once(outgoing, 'response')
      const body = await text(answer)
      if (answer.statusCode !== 200) throw new Error(`GET ${path} answered ${answer.statusCode}: ${body}`)
      return JSON.parse(body)
    },
  }
}

/** Up to so many in all, each with an update and a state. */
const ADD_STACKS = /* sql */ `
  insert into stacks (id, organization_id, project, name, version, tags)
  select gen_random_uuid(), organization_id, project, 'listed-' || lpad(n::text, 5, '0'), 1,
         '{"pulumi:project":"bench","pulumi:runtime":"yaml"}'
    from stacks, generate_series(2, $1::integer) n
   where name = 'listed'`

/** So many of the stack `listed`, and one of each other. */
const ADD_UPDATES = /* sql */ `
  with numbered as (
    select s.id, n from stacks s, generate_series(1, $1::integer) n
     where s.name = 'listed' or (n = 1 and s.name like 'listed-%')
  ), added as (
    insert into updates (id, stack_id, kind, dry_run, status, version, requested_by, program, config, metadata,
                         created_at, started_at, ended_at)
    select gen_random_uuid(), numbered.id, 'update', false, 'succeeded', n, (select id from users limit 1), '{}', '{}',
           '{"message":"bench","environment":{"exec.kind":"cli"}}', at, at, at + interval '10 s'
      from numbered, lateral (select now() - make_interval(mins => $1 - n) as at) times
    returning id, stack_id, version
  )
  update stacks s set active_update_id = a.id from added a
   where s.id = a.stack_id and (s.name <> 'listed' or a.version = $1)`

const ADD_STATES = /* sql */ `
  insert into states (stack_id, update_id, version, schema_version, resource_count, byte_count, sha256)
  select u.stack_id, u.id, u.version, 3, 12, 1000, decode(repeat('00', 32), 'hex')
    from updates u join stacks s on s.id = u.stack_id where s.name like 'listed%' and u.version <= $1`

const COUNT_UPDATES = /* sql */ `update stacks set version = $1 where name = 'listed'`
