/** What waits before the runners come: as if it had been asked for one by one. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from '../../../server/src/db/database.ts'
import { ORGANIZATION } from '../daypass/installation.ts'

export interface Backlog {
  readonly stacks: number
  /** Asked for in rounds: each stack once in each of them. */
  readonly deploymentsOfEach: number
}

const ADD_STACKS = /* sql */ `
  insert into stacks (id, organization_id, project, name)
  select gen_random_uuid(), o.id, 'bench', 'queued-' || lpad(n::text, 5, '0')
    from organizations o, generate_series(1, $2::integer) n where o.name = $1
  on conflict do nothing`

/** Far above what runs at a time: the limit of an organization is not what is measured. */
const RAISE_LIMIT = /* sql */ `update organizations set concurrency_limit = 1000 where name = $1`

const ADD_DEPLOYMENTS = /* sql */ `
  with asked as (
    select s.id as stack_id, s.organization_id, s.last_deployment_version + n as version, n,
           row_number() over (order by n, md5(s.name || n)) as place
      from stacks s, generate_series(1, $1::integer) n where s.name like 'queued-%'
  ), added as (
    insert into deployments (id, stack_id, organization_id, version, operation, status, ready_at, pool_id, requested_by,
                             trigger, settings, timeout_seconds)
    select gen_random_uuid(), stack_id, organization_id, version, 'update',
           case n when 1 then 'ready' else 'waiting' end, case n when 1 then now() end,
           (select id from pools where organization_id is null order by name limit 1), (select id from users limit 1),
           'rest', $2, 7200
      from asked order by place
  )
  update stacks set last_deployment_version = last_deployment_version + $1 where name like 'queued-%'`

const SETTINGS = {
  sourceContext: { git: { repoUrl: 'https://git.example.com/contoso/core.git', branch: 'refs/heads/main' } },
}

export async function addStacks(db: Database, count: number): Promise<void> {
  await db.query(ADD_STACKS, [ORGANIZATION, count])
  await db.query(RAISE_LIMIT, [ORGANIZATION])
}

const LIVE = /* sql */ `
  select count(*) as live from deployments where status in ('waiting', 'ready', 'accepted', 'running')`

/** The last ones are claimed a moment before they have ended. @throws when they do not end. */
async function untilAllEnded(db: Database): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    const { rows } = await db.query<{ live: number }>(LIVE)
    if (rows[0]?.live === 0) return
    await sleep(100)
  }
  throw new Error('Deployments that were claimed have not ended.')
}

export async function queueUp(db: Database, { stacks, deploymentsOfEach }: Backlog): Promise<void> {
  await untilAllEnded(db)
  await addStacks(db, stacks)
  await db.query(ADD_DEPLOYMENTS, [deploymentsOfEach, JSON.stringify(SETTINGS)])
  await db.query('vacuum analyze')
}
