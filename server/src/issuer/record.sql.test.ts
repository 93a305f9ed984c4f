import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import { MINT_REQUEST } from '../../../test/harness/mints.ts'
import { type Database, openDatabase } from '../db/database.ts'
import { isDatabaseUnavailable } from '../db/errors.ts'
import { generateSigningKey } from './database-signer.ts'
import type { Issuer, MintRequest } from './issuer.ts'
import { createIssuer } from './mint.ts'
import { insertMints } from './record.sql.ts'
import { mintRecorder } from './record.ts'

const now = new Date('2030-01-01T00:00:00Z')
const key = await generateSigningKey()
const request: MintRequest = {
  ...MINT_REQUEST,
  audience: 'api://with"quotes,{commas} and \\backslashes'.replaceAll(' ', '-'),
}

let database: TestDatabase
/** Another connection than the recorder's: it sees only what was committed. */
let onlooker: Database
let issuer: Issuer

beforeAll(async () => {
  database = await createTestDatabase()
  onlooker = openDatabase(database.connection, { poolSize: 5 })
  issuer = createIssuer({
    issuerUrl: 'https://daypass.example.com/oidc',
    keys: { active: key, published: [key], allKids: new Set([key.kid]) },
    record: mintRecorder((records) => insertMints(database.db, records)),
    now: () => now,
    randomUuid: randomUUID,
  })
})
afterEach(() => onlooker.query('delete from mints'))
afterAll(async () => {
  await onlooker.close()
  await database.drop()
})

async function recordedJtis(): Promise<string[]> {
  return (await onlooker.query<{ jti: string }>('select jti from mints order by seq')).rows.map(
    ({ jti }) => jti,
  )
}

/** Keeps every write to `mints` waiting until `work` is over. */
async function whileWritesWait(work: () => Promise<void>): Promise<void> {
  await onlooker.transaction(async (tx) => {
    await tx.query('lock table mints in share mode')
    await work()
  })
}

const WAITING_WRITES = /* sql */ `
  from pg_stat_activity
 where datname = current_database() and wait_event_type = 'Lock' and query like '%insert into mints%'
   and pid <> pg_backend_pid()`

async function untilAWriteWaits(): Promise<void> {
  const deadline = Date.now() + 10_000
  while (Date.now() < deadline) {
    const { rows } = await onlooker.query(`select pid ${WAITING_WRITES}`)
    if (rows.length > 0) return
    await sleep(5)
  }
  throw new Error('No write came to wait.')
}

test('the row says what the token says', async () => {
  const said = decodeJwt((await issuer.mint({ ...request, purpose: 'job' })).token)
  const { rows } = await onlooker.query('select * from mints')
  expect(rows).toEqual([
    {
      seq: expect.any(Number),
      jti: said.jti,
      kid: key.kid,
      organization_id: request.organizationId,
      stack_id: request.stackId,
      deployment_id: request.deploymentId,
      subject: said.sub,
      audience: request.audience,
      purpose: 'job',
      issued_at: now,
      expires_at: new Date(now.getTime() + 900_000),
    },
  ])
})

test('a row can be seen by others before its token is handed out', async () => {
  await Promise.all(
    Array.from({ length: 300 }, async () => {
      const { jti } = await issuer.mint(request)
      const { rows } = await onlooker.query('select from mints where jti = $1', [jti])
      expect(rows).toHaveLength(1)
    }),
  )
})

test('no token is handed out while its row is being written', async () => {
  let handedOut = false
  let minted: Promise<unknown> | undefined
  await whileWritesWait(async () => {
    minted = issuer.mint(request).then(() => {
      handedOut = true
    })
    await untilAWriteWaits()
    await sleep(50) // a signature takes far less
    expect(handedOut).toBe(false)
  })
  await minted
  expect(handedOut).toBe(true)
  expect(await recordedJtis()).toHaveLength(1)
})

test('a connection that dies in the middle of a write takes its tokens with it, and the next mint is fine', async () => {
  const outcomes: unknown[] = []
  const note = async () => {
    await issuer.mint(request).then(
      () => outcomes.push('token'),
      (error: unknown) => outcomes.push(isDatabaseUnavailable(error) ? 'outage' : error),
    )
  }
  let minting: Promise<unknown> | undefined
  await whileWritesWait(async () => {
    minting = Promise.all([note(), note(), note()])
    await untilAWriteWaits()
    await onlooker.query(`select pg_terminate_backend(pid) ${WAITING_WRITES}`)
    await minting
  })
  expect(outcomes).toEqual(['outage', 'outage', 'outage'])
  expect(await recordedJtis()).toEqual([])

  const { jti } = await issuer.mint(request)
  expect(await recordedJtis()).toEqual([jti])
})

test('whenever connections die, every token that was handed out has its row', async () => {
  const handedOut: string[] = []
  let refused = 0
  let minting = true
  const mintOnAndOn = async () => {
    while (minting) {
      await issuer.mint(request).then(
        ({ jti }) => handedOut.push(jti),
        () => {
          refused += 1
        },
      )
    }
  }
  const loops = Array.from({ length: 16 }, mintOnAndOn)
  for (let kills = 0; kills < 15; kills += 1) {
    await sleep(20)
    await onlooker.query(/* sql */ `
      select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid() and query like '%insert into mints%'`)
  }
  minting = false
  await Promise.all(loops)
  const recorded = new Set(await recordedJtis())
  expect(handedOut.filter((jti) => !recorded.has(jti))).toEqual([])
  expect(handedOut.length).toBeGreaterThan(0)
  expect(refused).toBeGreaterThan(0)
})

test('the rows stand in the order of the mints', async () => {
  const minted = await Promise.all(Array.from({ length: 600 }, () => issuer.mint(request)))
  expect(await recordedJtis()).toEqual(minted.map(({ jti }) => jti))
})

test('an id that was already given out refuses the whole write: nothing of it is kept', async () => {
  const record = (jti: string) => ({
    ...request,
    jti,
    kid: key.kid,
    subject: 's',
    issuedAtSeconds: 1,
    expiresAtSeconds: 2,
  })
  const [taken, fresh] = [randomUUID(), randomUUID()]
  await insertMints(database.db, [record(taken)])
  await expect(insertMints(database.db, [record(fresh), record(taken)])).rejects.toMatchObject({
    code: '23505',
  })
  expect(await recordedJtis()).toEqual([taken])
})
