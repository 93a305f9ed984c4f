/** A server's life: the first start, further ones, and the places it can live in. */
import { chmod, mkdir, readdir, rm, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createTestDatabase } from './harness/database.ts'
import { cleanUpAfterEach, newFolder, refused, start, stop } from './harness/lifecycle.ts'
import { processesBelow } from './harness/processes.ts'
import { spawnServer } from './harness/server.ts'

cleanUpAfterEach()

test('the first start makes an organization, an admin and a token; the second one keeps them', async () => {
  const folder = await newFolder()
  const first = await start({ postgres: 'embedded', dataFolder: folder })
  expect(first.adminToken).toMatch(/^pul-[0-9a-f]{40}$/)
  expect((await stat(join(folder, 'admin-token'))).mode & 0o777).toBe(0o600)
  expect((await first.call('GET', '/api/user')).body).toMatchObject({
    githubLogin: 'admin',
    siteAdmin: true,
    organizations: [{ githubLogin: 'main', role: 'admin' }],
  })
  expect((await stat(join(folder, 'postgres'))).mode & 0o777).toBe(0o700)
  await rm(join(folder, 'admin-token'))
  expect(await stop(first)).toBe(0)
  expect(processesBelow(folder)).toEqual([])

  const second = await start({ postgres: 'embedded', dataFolder: folder })
  expect(second.adminToken).toBe('')
  expect((await second.call('GET', '/api/user', undefined, first.adminToken)).status).toBe(200)
  expect(await readdir(folder)).not.toContain('admin-token')
  expect(second.log()).not.toContain('pul-')
})

test('without a file for it the token is shown, once, and stored only as a hash', async () => {
  const database = await createTestDatabase()
  const folder = await newFolder()
  const run = async (): Promise<string> => {
    const child = spawnServer(['--data', folder, '--port', '0'], { DATABASE_URL: database.url })
    await child.ready
    child.process.kill('SIGTERM')
    expect(await child.ended).toBe(0)
    return child.log()
  }
  const token = /pul-[0-9a-f]{40}/.exec(await run())?.[0] ?? ''
  expect(token).not.toBe('')
  expect(await run()).not.toContain('pul-')
  const { rows } = await database.db.query('select * from access_tokens')
  expect(JSON.stringify(rows)).not.toContain(token)
  await database.drop()
})

test('a token file that cannot be written stops the first start, and the next start begins again', async () => {
  const database = await createTestDatabase()
  const folder = await newFolder()
  const flags = ['--data', folder, '--port', '0', '--admin-token-file']
  const env = { DATABASE_URL: database.url }
  const { code, log } = await refused([...flags, join(folder, 'missing', 'token')], env)
  expect(code).toBe(2)
  expect(log).toMatch(/^daypass: The admin token cannot be written to --admin-token-file .*ENOENT/m)
  expect((await database.db.query('select from organizations')).rowCount).toBe(0)
  const server = await start({ postgres: database, dataFolder: folder })
  expect((await server.call('GET', '/api/user')).status).toBe(200)
  await stop(server)
  await database.drop()
})

test('a lost token is replaced with --new-admin-token', async () => {
  const database = await createTestDatabase()
  const dataFolder = await newFolder()
  const first = await start({ postgres: database, dataFolder })
  await stop(first)
  const second = await start({ postgres: database, dataFolder, flags: ['--new-admin-token'] })
  expect(second.adminToken).toMatch(/^pul-/)
  expect(second.adminToken).not.toBe(first.adminToken)
  expect((await second.call('GET', '/api/user')).body).toMatchObject({ githubLogin: 'admin' })
  await stop(second)
  await database.drop()
})

test('two servers that start together on one empty database make one organization', async () => {
  const database = await createTestDatabase({ empty: true })
  const env = { DAYPASS_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') }
  const servers = await Promise.all([start({ postgres: database, env }), start({ postgres: database, env })])
  expect((await database.db.query('select from organizations')).rowCount).toBe(1)
  const token = servers.map((server) => server.adminToken).find((found) => found !== '') ?? ''
  for (const server of servers)
    expect((await server.call('GET', '/api/user', undefined, token)).status).toBe(200)
  for (const server of servers) await stop(server)
  await database.drop()
})

test('a long path does not keep the socket from working', async () => {
  const folder = join(await newFolder(), 'a-long-name'.repeat(9), 'b'.repeat(90))
  await mkdir(folder, { recursive: true })
  expect(folder.length).toBeGreaterThan(200)
  const first = await start({ postgres: 'embedded', dataFolder: folder })
  expect((await first.call('GET', '/readyz')).status).toBe(200)
  await first.kill()
  const second = await start({ postgres: 'embedded', dataFolder: folder })
  expect((await second.call('GET', '/readyz')).status).toBe(200)
  expect(await stop(second)).toBe(0)
  expect(processesBelow(folder)).toEqual([])
})

test('a data folder that only its owner may enter is fine, also for root', async () => {
  const closed = await newFolder()
  await chmod(closed, 0o700)
  const server = await start({ postgres: 'embedded', dataFolder: join(closed, 'inside/data') })
  expect((await server.call('GET', '/readyz')).status).toBe(200)
  if (process.getuid?.() === 0) {
    expect((await stat(join(closed, 'inside/data/postgres'))).uid).not.toBe(0)
  }
})

test('the token of the runner that starts with the server comes by a pipe, and the next start revokes it', async () => {
  const database = await createTestDatabase()
  const dataFolder = await newFolder()
  const first = await start({ postgres: database, dataFolder, runnerToken: true })
  expect(first.runnerToken).toMatch(/^dpp-[0-9a-f]{40}$/)
  await stop(first)
  const second = await start({ postgres: database, dataFolder, runnerToken: true })
  expect(second.runnerToken).not.toBe(first.runnerToken)
  const { rows } = await database.db.query(
    'select revoked_at is not null as revoked from pool_tokens order by created_at',
  )
  expect(rows).toEqual([{ revoked: true }, { revoked: false }])
  await stop(second)
  await database.drop()
})

test('a request that is being sent when the server is told to stop is still answered', async () => {
  const server = await start({})
  const body = Buffer.from('{"description":"half before, half after"}')
  const sent = request(`${server.url}/api/user/tokens`, {
    method: 'POST',
    headers: {
      authorization: `token ${server.adminToken}`,
      'content-type': 'application/json',
      'content-length': body.length,
    },
  })
  const answer = new Promise<number | undefined>((resolve, reject) => {
    sent.on('response', (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    sent.on('error', reject)
  })
  sent.write(body.subarray(0, 10))
  // The server has met the request once it answers another that came after it.
  await server.call('GET', '/healthz')
  const stopped = stop(server)
  await expect
    .poll(() => fetch(`${server.url}/healthz`).then(Boolean, () => false), { timeout: 5_000 })
    .toBe(false)
  sent.end(body.subarray(10))
  expect(await answer).toBe(200)
  expect(await stopped).toBe(0)
})
