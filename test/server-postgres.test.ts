/** The PostgreSQL that the server brings along: private, never left behind, never in the way of the next start. */

import { execFileSync, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, stat, writeFile } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openDatabase } from '../server/src/db/database.ts'
import { createTestDatabase } from './harness/database.ts'
import { cleanUpAfterEach, newFolder, postmasterOf, start, stop } from './harness/lifecycle.ts'
import { processesBelow } from './harness/processes.ts'

cleanUpAfterEach()

test('after kill -9 of the server PostgreSQL ends by itself, and the next start has every row', async () => {
  const folder = await newFolder()
  const first = await start({ postgres: 'embedded', dataFolder: folder })
  const made = await first.call('POST', '/api/user/tokens', { description: 'before the crash' })
  await first.kill()
  const second = await start({ postgres: 'embedded', dataFolder: folder })
  expect((await second.call('GET', '/api/user', undefined, made.body.tokenValue)).status).toBe(200)
  expect(await stop(second)).toBe(0)
  expect(processesBelow(folder)).toEqual([])
})

test('a PostgreSQL that outlived server and guard is stopped by the next start', async () => {
  const folder = await newFolder()
  const first = await start({ postgres: 'embedded', dataFolder: folder })
  const postmaster = await postmasterOf(folder)
  // The guard would end PostgreSQL: a stopped process cannot.
  const guard = Number(execFileSync('pgrep', ['-P', String(postmaster), '-x', 'sh'], { encoding: 'utf8' }))
  process.kill(guard, 'SIGSTOP')
  await first.kill()
  expect(processesBelow(folder)).not.toEqual([])
  const second = await start({ postgres: 'embedded', dataFolder: folder })
  expect(second.log()).toContain('still running from an earlier start')
  expect((await second.call('GET', '/readyz')).status).toBe(200)
  process.kill(guard, 'SIGKILL')
})

test('a postmaster.pid whose number now belongs to another program is no obstacle', async () => {
  const folder = await newFolder()
  const first = await start({ postgres: 'embedded', dataFolder: folder })
  const { uid, gid } = await stat(join(folder, 'postgres'))
  await first.kill()
  const file = join(folder, 'postgres/postmaster.pid')
  await expect.poll(() => processesBelow(folder), { timeout: 20_000 }).toEqual([])
  // PostgreSQL takes a process of its own user for another PostgreSQL.
  const other = spawn('sleep', ['60'], { uid, gid, cwd: '/' })
  const lines = `${other.pid}\n/proc/self/cwd\n1\n5432\n.\n`
  await writeFile(file, `${lines}\n0 0\nready\n`)
  const socketLock = join(folder, 'postgres/.s.PGSQL.5432.lock')
  await writeFile(socketLock, lines)
  if (process.getuid?.() === 0) execFileSync('chown', [`${uid}:${gid}`, file, socketLock])
  const second = await start({ postgres: 'embedded', dataFolder: folder })
  expect((await second.call('GET', '/readyz')).status).toBe(200)
  expect(other.exitCode).toBeNull()
  other.kill()
})

test('nobody but the user of the server reaches PostgreSQL, and it has no TCP port', async () => {
  const folder = await newFolder()
  const server = await start({ postgres: 'embedded', dataFolder: folder })
  const socket = join(folder, 'postgres/.s.PGSQL.5432')
  expect((await stat(socket)).mode & 0o077).toBe(0)
  const asDaypass = {
    kind: 'socket',
    folder: join(folder, 'postgres'),
    database: 'daypass',
    user: 'daypass',
  } as const
  const db = openDatabase(asDaypass)
  expect((await db.query('show listen_addresses')).rows).toEqual([{ listen_addresses: '' }])
  expect((await db.query('select usesuper from pg_user where usename = current_user')).rows).toEqual([
    { usesuper: false },
  ])
  await db.close()
  if (process.getuid?.() === 0) {
    await chmod(folder, 0o755) // so that only what lies inside keeps the stranger out
    const stranger = { uid: 65_534, gid: 65_534, cwd: '/' }
    expect(() => execFileSync('/bin/sh', ['-c', `test -w '${socket}'`], stranger)).toThrow()
    expect(() =>
      execFileSync('/bin/sh', ['-c', `ls '${join(folder, 'postgres')}'`], { ...stranger, stdio: 'ignore' }),
    ).toThrow()
    await expectNoPeer(folder)
  }
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:/)
})

/** Even PostgreSQL's own user, who may enter the folder, is nobody to it. */
async function expectNoPeer(folder: string): Promise<void> {
  const { uid, gid } = await stat(join(folder, 'postgres'))
  const script = `const { Client } = require('pg'); new Client({ host: '${join(folder, 'postgres')}', user: 'postgres', database: 'postgres' })
    .connect().then(() => process.exit(0), (error) => { console.log(error.code); process.exit(1) })`
  const run = () =>
    execFileSync(process.execPath, ['--input-type=commonjs', '-e', script], {
      uid,
      gid,
      cwd: join(import.meta.dirname, '..'),
      encoding: 'utf8',
    })
  // Below a closed folder it cannot even start Node.js, and has no way to try.
  if (isOutOfReach({ uid, gid })) return
  expect(run).toThrow(expect.objectContaining({ stdout: '28000\n' }))
}

function isOutOfReach(account: { uid: number; gid: number }): boolean {
  try {
    execFileSync(process.execPath, ['--version'], { ...account, cwd: '/', stdio: 'ignore' })
    return false
  } catch {
    return true
  }
}

test('without its database it is alive and not ready, answers 503, and recovers when the database is back', async () => {
  const database = await createTestDatabase()
  const folder = await newFolder()
  // Between the two: a socket that comes and goes as a database does.
  let gate = await openGate(folder, database.connection.folder)
  const url = database.url.replace(encodeURIComponent(database.connection.folder), encodeURIComponent(folder))
  const server = await start({ postgres: { ...database, url }, dataFolder: folder })
  expect((await server.call('GET', '/readyz')).status).toBe(200)
  await gate.close()

  expect((await server.call('GET', '/healthz')).status).toBe(200)
  expect(await server.call('GET', '/readyz')).toMatchObject({
    status: 503,
    body: { code: 503, message: 'The database does not answer.', reason: 'not_ready' },
  })
  const unknown = `pul-${'1'.repeat(40)}`
  expect(await server.call('GET', '/api/user', undefined, unknown)).toMatchObject({
    status: 503,
    body: { code: 503, reason: 'database_unavailable' },
  })

  gate = await openGate(folder, database.connection.folder)
  await expect.poll(async () => (await server.call('GET', '/readyz')).status, { timeout: 15_000 }).toBe(200)
  expect((await server.call('GET', '/api/user')).status).toBe(200)
  expect(await stop(server)).toBe(0)
  await gate.close()
  await database.drop()
})

/** A socket in `folder` that leads to PostgreSQL's in `target`. */
async function openGate(folder: string, target: string): Promise<{ close: () => Promise<void> }> {
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const inner = connect(join(target, '.s.PGSQL.5432'))
    for (const socket of [client, inner]) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        inner.destroy()
      })
    }
    client.pipe(inner).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(join(folder, '.s.PGSQL.5432'), resolve))
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

test('when the database is away it still stops as it is told, whatever it would have written there', async () => {
  const database = await createTestDatabase()
  const folder = await newFolder()
  const gate = await openGate(folder, database.connection.folder)
  const url = database.url.replace(encodeURIComponent(database.connection.folder), encodeURIComponent(folder))
  const server = await start({ postgres: { ...database, url }, dataFolder: folder, runnerToken: true })
  await gate.close()
  expect(await stop(server)).toBe(0)
  expect(server.log()).toContain('could not be revoked')
  await database.drop()
})

// With a runner's token, as `daypass start` has one: the server's end would revoke it in the database that is gone.
test.each(['SIGQUIT', 'SIGKILL'] as const)(
  'when its own PostgreSQL ends with %s the server says so and ends, and starts again with every row',
  async (name) => {
    const folder = await newFolder()
    const first = await start({ postgres: 'embedded', dataFolder: folder, runnerToken: true })
    const made = await first.call('POST', '/api/user/tokens', { description: 'before the crash' })
    process.kill(await postmasterOf(folder), name)
    await expect.poll(() => first.log(), { timeout: 20_000 }).toContain('the server stops. Start it again')
    expect(first.log()).toContain('PostgreSQL ended with')
    // It ends by itself; a signal on top would only race with that.
    await expect.poll(() => existsSync(`/proc/${first.pid}`), { timeout: 20_000 }).toBe(false)
    expect(await stop(first)).toBe(1)
    expect(first.log()).not.toMatch(/^daypass: /m)
    expect(processesBelow(folder)).toEqual([])
    const second = await start({ postgres: 'embedded', dataFolder: folder })
    expect((await second.call('GET', '/api/user', undefined, made.body.tokenValue)).status).toBe(200)
  },
)

test('a process of PostgreSQL that outlived it, busy as it was, is no obstacle to the next start', async () => {
  const folder = await newFolder()
  const first = await start({ postgres: 'embedded', dataFolder: folder })
  const cluster = join(folder, 'postgres')
  const db = openDatabase({ kind: 'socket', folder: cluster, database: 'daypass', user: 'daypass' })
  const busy = db.query('do $$ begin loop end loop; end $$').catch((error: Error) => error)
  await expect
    .poll(async () => (await db.query("select from pg_stat_activity where query like 'do %'")).rowCount)
    .toBe(1)
  // The server first: it would end the process itself.
  const postmaster = await postmasterOf(folder)
  process.kill(first.pid, 'SIGSTOP')
  process.kill(postmaster, 'SIGKILL')
  await first.kill()
  expect(processesBelow(folder)).not.toEqual([])
  const second = await start({ postgres: 'embedded', dataFolder: folder })
  expect(await busy).toBeInstanceOf(Error)
  expect((await second.call('GET', '/readyz')).status).toBe(200)
  await db.close()
})
