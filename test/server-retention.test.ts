// What is old goes by itself, also when the server is killed while it deletes.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from './harness/database.ts'
import { cleanUpAfterEach, newFolder, start, stop } from './harness/lifecycle.ts'
import { pulumiUser } from './harness/pulumi.ts'

cleanUpAfterEach()

/** Deployments of one stack with a line of log each, all but the last ended 100 days ago. */
async function addDeployments({ db }: TestDatabase, stack: string, count: number): Promise<void> {
  await db.query(
    `insert into deployments (id, stack_id, organization_id, version, operation, status, pool_id, requested_by, trigger,
                              settings, timeout_seconds, created_at, ended_at)
     select gen_random_uuid(), s.id, s.organization_id, n, 'update', 'succeeded', p.id, u.id, 'rest', '{}', 60, t.at, t.at
       from stacks s, pools p, users u, generate_series(1, $2) n,
            lateral (select now() - make_interval(days => case when n < $2 then 100 else 0 end) as at) t
      where s.name = $1 order by n`,
    [stack, count],
  )
  await db.query('update stacks set last_deployment_version = $2 where name = $1', [stack, count])
  await db.query(
    `insert into deployment_steps (deployment_id, step, name, status, line_count, byte_count)
     select id, 0, 'Setup', 'succeeded', 1, 40 from deployments`,
  )
  await db.query(
    `insert into log_chunks (deployment_id, step, first_line, line_count, lines)
     select id, 0, 0, 1, '[["2030-01-01T00:00:00Z","what was done\\n"]]' from deployments`,
  )
}

async function logsLeft({ db }: TestDatabase): Promise<number[]> {
  const { rows } = await db.query<{ version: number }>(
    'select d.version from log_chunks c join deployments d on d.id = c.deployment_id order by 1',
  )
  return rows.map(({ version }) => version)
}

/** Rows that say a log is there while it is not, or the other way round. */
async function contradictions({ db }: TestDatabase): Promise<number> {
  const { rowCount } = await db.query(
    `select from deployments d where (log_deleted_at is null) <>
            exists (select from log_chunks c where c.deployment_id = d.id)`,
  )
  return rowCount
}

test('a server that is killed while it deletes goes on with its next start, and says what has gone', async () => {
  const database = await createTestDatabase()
  const folder = await newFolder()
  const options = { postgres: database, dataFolder: folder } as const
  const flags = ['--keep-deployment-days', '0']
  const first = await start({ ...options, flags })
  const token = (await readFile(join(folder, 'admin-token'), 'utf8')).trim()
  await first.call('POST', '/api/stacks/main/shop', { stackName: 'dev' })
  await addDeployments(database, 'dev', 600)
  await first.kill()

  const second = await database.db.transaction(async (tx) => {
    await tx.query('select from deployments where version = 250 for update')
    const server = await start({ ...options, flags })
    await expect.poll(() => logsLeft(database)).toHaveLength(400)
    await server.kill()
    return server
  })
  expect(await logsLeft(database)).toEqual(Array.from({ length: 400 }, (_, n) => n + 201))
  expect(await contradictions(database)).toBe(0)
  expect(second.log()).not.toMatch(/"level":"error"/)

  const third = await start({ ...options, flags: [...flags, '--log-level', 'info'] })
  await expect.poll(() => logsLeft(database)).toEqual([600])
  expect(await contradictions(database)).toBe(0)
  const deployments = '/api/stacks/main/shop/dev/deployments'
  const list = await third.call('GET', `${deployments}?pageSize=1`, undefined, token)
  expect(list.body).toMatchObject({ total: 600, deployments: [{ version: 600 }] })

  const user = await pulumiUser({ PULUMI_BACKEND_URL: third.url, PULUMI_ACCESS_TOKEN: token })
  const gone = await user.run('deployment', 'log', '17', '--all', '--stack', 'main/shop/dev')
  expect(gone.code).not.toBe(0)
  expect(gone.output).toMatch(/the log of this deployment was deleted on \d{4}-/)
  const kept = await user.ok('deployment', 'log', '600', '--all', '--stack', 'main/shop/dev')
  expect(kept.output).toContain('what was done')
  await user.remove()
  expect(await stop(third)).toBe(0)
  await database.drop()
})
