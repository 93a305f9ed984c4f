/** Starts that are refused: exit code 2, one sentence, nothing left running. */
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTestDatabase } from './harness/database.ts'
import { cleanUpAfterEach, newFolder, refused, start } from './harness/lifecycle.ts'
import { processesBelow } from './harness/processes.ts'
import { spawnServer } from './harness/server.ts'

cleanUpAfterEach()

test('a second server on the same data folder is refused with a sentence, and the first goes on', async () => {
  const folder = await newFolder()
  const first = await start({ postgres: 'embedded', dataFolder: folder })
  const { code, log } = await refused(['--data', folder, '--port', '0'])
  expect(code).toBe(2)
  expect(log).toBe(
    `daypass: Another Daypass server is using the data folder ${folder}. Stop it, or give this one its own with --data.\n`,
  )
  expect((await first.call('GET', '/readyz')).status).toBe(200)
})

describe('a bad configuration stops the start with one sentence', () => {
  test('a wrong flag', async () => {
    const { code, log } = await refused(['--data', await newFolder(), '--port', '70000'])
    expect(code).toBe(2)
    expect(log).toBe('daypass: --port must be a number from 0 to 65535, not "70000".\n')
  })

  test('an address of another machine', async () => {
    const database = await createTestDatabase()
    const flags = ['--data', await newFolder(), '--host', '203.0.113.7', '--port', '1']
    const { code, log } = await refused(flags, { DATABASE_URL: database.url })
    expect(code).toBe(2)
    expect(log).toMatch(/^daypass: --host 203\.0\.113\.7 is not an address of this machine/m)
    await database.drop()
  })

  test('a data folder that cannot be made', async () => {
    const file = join(await newFolder(), 'file')
    await writeFile(file, '')
    const { code, log } = await refused(['--data', join(file, 'data'), '--port', '0'])
    expect(code).toBe(2)
    expect(log).toMatch(/^daypass: The data folder .* cannot be used \(ENOTDIR/m)
  })

  test('a port that is taken', async () => {
    const taken = createServer()
    const port = await new Promise<number>((resolve) => {
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port))
    })
    const folder = await newFolder()
    const { code, log } = await refused(['--data', folder, '--port', String(port)])
    expect(code).toBe(2)
    expect(log).toContain(`daypass: Port ${port} of 127.0.0.1 is taken by another program.`)
    expect(processesBelow(folder)).toEqual([])
    taken.close()
  })

  test('a database that is not there', async () => {
    const { code, log } = await refused(['--data', await newFolder()], {
      DATABASE_URL: 'postgresql://u:hunter2@127.0.0.1:1/d',
    })
    expect(code).toBe(2)
    expect(log).toMatch(/^daypass: The database of DATABASE_URL cannot be used: .*ECONNREFUSED/m)
    expect(log).not.toContain('hunter2')
  })

  test('--help explains every flag and starts nothing', async () => {
    const child = spawnServer(['--help'])
    let text = ''
    child.process.stdout?.on('data', (data: Buffer) => {
      text += data.toString()
    })
    expect(await child.ended).toBe(0)
    for (const flag of ['--port', '--data', '--base-url', '--admin-token-file', 'DATABASE_URL'])
      expect(text).toContain(flag)
  })
})
