/** Lists and single deployments in an installation with a long history, beside one with a short one. */
import type { Database } from '../../../server/src/db/database.ts'
import type { Verdict } from '../bench.ts'
import { connectTo } from '../connection.ts'
import { PROJECT, userApi } from '../daypass/api.ts'
import { startBenchDatabase } from '../daypass/database.ts'
import { type Installation, ORGANIZATION, startInstallation } from '../daypass/installation.ts'
import { compareInTurn } from '../in-turn.ts'

const MOST_GROWTH = 1.2
const WARM_UP = 200
const MEASURED = 200
const STACK = `/api/stacks/${ORGANIZATION}/${PROJECT}/listed`
const PAGE_SIZE = 10

export interface HistorySize {
  readonly few: number
  readonly many: number
}

interface Place {
  readonly get: (path: string) => Promise<unknown>
  readonly rows: number
  /** Of the whole organization, which may have deployments of other benchmarks. */
  readonly organizationRows: number
  /** Of the deployment in the middle. */
  readonly id: string
  readonly close: () => void
}

const READS: Readonly<Record<string, (place: Place) => string>> = {
  'list-of-stack': () => `${STACK}/deployments?pageSize=${PAGE_SIZE}`,
  'list-of-stack-last-page': ({ rows }) =>
    `${STACK}/deployments?pageSize=${PAGE_SIZE}&page=${rows / PAGE_SIZE}`,
  'list-of-stack-failed': () => `${STACK}/deployments?pageSize=${PAGE_SIZE}&status=failed`,
  'list-of-organization': () => `/api/orgs/${ORGANIZATION}/deployments?pageSize=${PAGE_SIZE}`,
  'list-of-organization-last-page': ({ organizationRows }) =>
    `/api/orgs/${ORGANIZATION}/deployments?pageSize=${PAGE_SIZE}&page=${Math.ceil(organizationRows / PAGE_SIZE)}`,
  'counts-of-organization': () => `/api/orgs/${ORGANIZATION}/deployments/metadata`,
  one: ({ id }) => `${STACK}/deployments/${id}`,
  'one-by-version': ({ rows }) => `${STACK}/deployments/version/${rows / 2}`,
  log: ({ id }) => `${STACK}/deployments/${id}/logs`,
}

/** @param main.installation Gets so many deployments on a stack of its own. */
export async function* measureHistory(
  main: { readonly installation: Installation; readonly db: Database },
  { few, many }: HistorySize,
  environment: NodeJS.ProcessEnv,
): AsyncGenerator<Verdict> {
  await using stack = new AsyncDisposableStack()
  const database = stack.adopt(await startBenchDatabase(), (started) => started.stop())
  const small = stack.adopt(
    await startInstallation({ databaseUrl: database.url, environment, on: (command) => command }),
    (started) => started.stop(),
  )
  const short = stack.adopt(await fill({ installation: small, db: database.db }, few), ({ close }) => close())
  const long = stack.adopt(await fill(main, many), ({ close }) => close())
  for (const [name, pathOf] of Object.entries(READS)) {
    const [shortPath, longPath] = [pathOf(short), pathOf(long)]
    yield await compareInTurn(`queue-history-${name}`, {
      ours: () => long.get(longPath),
      peer: () => short.get(shortPath),
      peerIs: `with ${few} instead of ${many}`,
      atMost: MOST_GROWTH,
      warmUp: WARM_UP,
      measured: MEASURED,
    })
  }
}

/** Each has a step with two lines; one in twenty has failed. */
const ADD_DEPLOYMENTS = /* sql */ `
  with added as (
    insert into deployments (id, stack_id, organization_id, version, operation, status, pool_id, requested_by, trigger,
                             settings, timeout_seconds, created_at, modified_at, claimed_at, started_at, ended_at)
    select gen_random_uuid(), s.id, s.organization_id, n, case n % 3 when 0 then 'preview' else 'update' end,
           case n % 20 when 0 then 'failed' else 'succeeded' end, (select id from pools limit 1),
           (select id from users limit 1), 'rest', $2, 7200, at, at, at, at, at + interval '1 minute'
      from stacks s, generate_series(1, $1::integer) n, lateral (select now() - make_interval(mins => $1 - n) as at) t
     where s.name = 'listed'
    returning id, version
  ), stepped as (
    insert into deployment_steps (deployment_id, step, name, status, line_count, started_at, ended_at)
    select id, 0, 'Setup', 'succeeded', 2, now(), now() from added returning deployment_id
  ), logged as (
    insert into log_chunks (deployment_id, step, first_line, line_count, lines)
    select deployment_id, 0, 0, 2, '[["2030-01-01T00:00:00Z","one\\n"],["2030-01-01T00:00:00Z","two\\n"]]' from stepped
  )
  select id from added where version = $1 / 2`

const OF_ORGANIZATION = /* sql */ `
  select count(*) as rows from deployments d join organizations o on o.id = d.organization_id where o.name = $1`

const COUNT = /* sql */ `update stacks set last_deployment_version = $1 where name = 'listed'`

const SETTINGS = {
  sourceContext: { git: { repoUrl: 'https://git.example.com/contoso/core.git', branch: 'refs/heads/main' } },
}

async function fill(
  { installation, db }: { readonly installation: Installation; readonly db: Database },
  rows: number,
): Promise<Place> {
  const { baseUrl, adminToken } = installation
  await userApi(baseUrl, ORGANIZATION, adminToken).createStack('listed')
  const { rows: found } = await db.query<{ id: string }>(ADD_DEPLOYMENTS, [rows, JSON.stringify(SETTINGS)])
  await db.query(COUNT, [rows])
  await db.query('vacuum analyze')
  const { rows: counted } = await db.query<{ rows: number }>(OF_ORGANIZATION, [ORGANIZATION])
  const connection = connectTo(baseUrl)
  return {
    rows,
    organizationRows: counted[0]?.rows ?? rows,
    id: found[0]?.id ?? '',
    get: (path) => connection.send('GET', path, `token ${adminToken}`),
    close: connection.close,
  }
}
