/** `daypass audit verify` on a running server, after everything that somebody with the database could do. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertMints } from '../server/src/issuer/record.sql.ts'
import { headKeys } from '../server/src/ledger/head-key.ts'
import { sealAll } from '../server/src/ledger/ledger.ts'
import { openMasterKey } from '../server/src/secrets/master-key.ts'
import { createTestDatabase, type TestDatabase } from './harness/database.ts'
import { daypass } from './harness/daypass.ts'
import { mintRecord } from './harness/mints.ts'
import { startServer, type TestServer } from './harness/server.ts'

const MASTER_KEY = Buffer.alloc(32, 5).toString('base64')
/** Of a row, but for its number. */
const COLUMNS =
  'jti, kid, organization_id, stack_id, deployment_id, subject, audience, purpose, issued_at, expires_at'

let folder: string
let database: TestDatabase
let server: TestServer
let token: string
/** Of the second of three blocks. */
let keptHead: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daypass-audit-'))
  database = await createTestDatabase()
  server = await startServer({ postgres: database, env: { DAYPASS_MASTER_KEY: MASTER_KEY } })
  token = server.adminToken
  for (const count of [3, 4]) await mintAndSeal(count)
  keptHead = (await daypass(['audit', 'head', '--json'], { server, token })).json.head
  await mintAndSeal(2)
  await mint(1)
  for (const table of ['mints', 'mint_blocks'])
    await database.db.query(`create table kept_${table} as select * from ${table}`)
})
afterAll(async () => {
  await server.stop()
  await database.drop()
  await rm(folder, { recursive: true })
})

async function mint(count: number): Promise<void> {
  await insertMints(database.db, Array.from({ length: count }, mintRecord))
}

/** As the server with this master key does a second after a mint. */
async function seal(masterKeyText = MASTER_KEY): Promise<void> {
  const [headKey] = headKeys(await openMasterKey({ kind: 'value', value: masterKeyText }, randomBytes))
  const log = { info: () => {}, error: (details: object) => expect.unreachable(JSON.stringify(details)) }
  await sealAll({ db: database.db, headKey, now: () => new Date(), log })
}

async function mintAndSeal(count: number): Promise<void> {
  await mint(count)
  await seal()
}

const verify = (...args: string[]) => daypass(['audit', 'verify', '--json', ...args], { server, token })

/** What was done is undone, whatever the outcome. */
async function after(statements: string[], check: () => Promise<void>): Promise<void> {
  const { db } = database
  for (const statement of statements) await db.query(statement)
  try {
    await check()
  } finally {
    await db.query('delete from mints')
    await db.query('delete from mint_blocks')
    await db.query(
      `insert into mints (seq, ${COLUMNS}) overriding system value select seq, ${COLUMNS} from kept_mints`,
    )
    await db.query('insert into mint_blocks select * from kept_mint_blocks')
  }
}

test('an untouched record is whole, and the unsealed tail is told', async () => {
  expect(await verify('--head', keptHead)).toMatchObject({
    code: 0,
    json: { blocks: 3, tokens: 9, unsealed: 1, headsKept: 1, problems: [] },
  })
  expect((await daypass(['audit', 'verify'], { server, token })).stdout).toContain(
    '9 tokens in 3 blocks are as they were sealed, by the server’s own word',
  )
})

const tampering: [string, string[], string[]][] = [
  [
    'a rewritten row',
    ["update mints set audience = 'other' where seq = 2"],
    ['row_changed_or_added', 'row_changed_or_removed'],
  ],
  ['a removed row', ['delete from mints where seq = 5'], ['row_changed_or_removed']],
  [
    'a row slipped in',
    [
      'delete from mints where seq = 3',
      'update mint_blocks set last_seq = 3 where number = 1',
      `insert into mints (seq, ${COLUMNS}) overriding system value
       select seq, ${COLUMNS.replace('jti', 'gen_random_uuid()')} from kept_mints where seq = 3`,
    ],
    ['row_changed_or_added', 'row_changed_or_removed'],
  ],
  [
    'two rows that changed places',
    [
      'delete from mints where seq in (2, 3)',
      `insert into mints (seq, ${COLUMNS}) overriding system value
       select 5 - seq, ${COLUMNS} from kept_mints where seq in (2, 3)`,
    ],
    ['row_changed_or_added', 'row_changed_or_added', 'row_changed_or_removed'],
  ],
  [
    'a removed block',
    ['delete from mint_blocks where number = 2'],
    [...Array(4).fill('row_changed_or_added'), 'chain_broken', 'head_missing'],
  ],
  [
    'a record that was cut off',
    ['delete from mint_blocks where number > 1', 'delete from mints where seq > 3'],
    ['head_missing'],
  ],
  [
    'a signature by nobody',
    ["update mint_blocks set signature = decode(repeat('00', 64), 'hex') where number = 1"],
    ['signature_wrong'],
  ],
  [
    'leaves that were made to fit',
    ['update mint_blocks set leaves = set_byte(leaves, 0, get_byte(leaves, 0) # 1) where number = 1'],
    ['row_changed_or_added', 'row_changed_or_removed', 'block_altered'],
  ],
]

test.each(tampering)('%s is found', async (_what, statements, codes) => {
  await after(statements, async () => {
    const { code, json, stderr } = await verify('--head', keptHead)
    expect(code).toBe(1)
    const found = json.problems.map((problem: { code: string }) => problem.code)
    expect(found).toEqual(codes)
    expect(stderr).toContain('the record was changed')
  })
})

test('a chain that was made anew under another key is found, by the key and by the head that was kept', async () => {
  await after(['delete from mint_blocks', "update mints set audience = 'other' where seq = 2"], async () => {
    await seal(Buffer.alloc(32, 6).toString('base64'))
    const { code, json } = await verify('--head', keptHead.replace(/^2:/, '1:'))
    expect(code).toBe(1)
    expect(json.problems.map((problem: { code: string }) => problem.code)).toEqual([
      'unknown_key',
      'head_differs',
    ])
  })
})

test('heads are read from a kept log, and what is none is refused', async () => {
  const file = join(folder, 'log')
  await writeFile(file, `{"level":"info","head":"${keptHead}","msg":"Mints were sealed."}\n`)
  expect((await verify('--heads-file', file)).json.headsKept).toBe(1)
  await writeFile(file, 'nothing\n')
  expect(await verify('--heads-file', file)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('holds no head'),
  })
  expect((await verify('--head', '1:ab')).code).toBe(2)
})

test('only an admin of the installation may', async () => {
  const made = await server.call('POST', '/api/daypass/orgs', { name: 'acme', admin: 'alice' }, token)
  const theirs = made.body.adminToken.tokenValue
  for (const path of ['/api/daypass/audit/mint-blocks', '/api/daypass/audit/mint-blocks/newest']) {
    expect(await server.call('GET', path, undefined, theirs)).toMatchObject({ status: 403 })
  }
})
