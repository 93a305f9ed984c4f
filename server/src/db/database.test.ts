import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
import { together } from './database.ts'
import { isCheckViolation, isDatabaseUnavailable, isUniqueViolation } from './errors.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

test('a count is a number, a time a Date and a date stays text', async () => {
  const { rows } = await database.db.query(
    "select 7::int8 as count, '2030-01-02T03:04:05Z'::timestamptz as at, '2030-01-02'::date as day, '{\"a\":1}'::jsonb as json",
  )
  expect(rows[0]).toEqual({
    count: 7,
    at: new Date('2030-01-02T03:04:05Z'),
    day: '2030-01-02',
    json: { a: 1 },
  })
})

test('a number too big for JavaScript is refused, not rounded', async () => {
  await expect(database.db.query('select 9007199254740993::int8 as n')).rejects.toThrow('does not fit')
})

test('a transaction is undone when its work fails, and the error is the work’s own', async () => {
  await database.db.query('create table t (n integer primary key check (n > 0))')
  const work = database.db.transaction(async (tx) => {
    await tx.query('insert into t values ($1)', [1])
    throw new Error('no')
  })
  await expect(work).rejects.toThrow('no')
  expect((await database.db.query('select from t')).rowCount).toBe(0)
})

test('what goes with the commit comes last, and undoes everything when it fails', async () => {
  const { db } = database
  await db.query('create table last_words (n serial, word text unique)')
  const say = (word: string) => [`insert into last_words (word) values ($1)`, [word]] as const
  await db.transaction(async (tx) => {
    tx.withCommit(...say('last'))
    await tx.query(...say('first'))
  })
  const words = async () =>
    (await db.query<{ word: string }>('select word from last_words order by n')).rows.map(({ word }) => word)
  expect(await words()).toEqual(['first', 'last'])
  const failing = db.transaction(async (tx) => {
    tx.withCommit(...say('last'))
    await tx.query(...say('lost'))
  })
  await expect(failing).rejects.toSatisfy((error) => isUniqueViolation(error))
  expect(await words()).toEqual(['first', 'last'])
})

test('statements that do not wait for each other run in their order, and tell what was wrong', async () => {
  const { db } = database
  await db.query('create table unwaited (n serial, word text check (word <> $$bad$$))')
  const say = (word: string) => ['insert into unwaited (word) values ($1)', [word]] as const
  await db.transaction((tx) => together(['a', 'b', 'c'].map((word) => tx.query(...say(word)))))
  const { rows } = await db.query<{ word: string }>('select word from unwaited order by n')
  expect(rows.map(({ word }) => word)).toEqual(['a', 'b', 'c'])
  const failing = db.transaction(async (tx) => {
    const twice = async () => {
      await tx.query(...say('d'))
      await tx.query(...say('e'))
    }
    await together([twice(), tx.query(...say('bad')), undefined, tx.query(...say('f'))])
  })
  await expect(failing).rejects.toSatisfy((error) => isCheckViolation(error))
  expect((await db.query('select from unwaited')).rowCount).toBe(3)
})

test('a violated constraint is known by its code and name', async () => {
  await database.db.query('create table u (n integer constraint u_n unique check (n > 0))')
  await database.db.query({ name: 'insert-u', text: 'insert into u values ($1)' }, [1])
  const twice = await database.db
    .query({ name: 'insert-u', text: 'insert into u values ($1)' }, [1])
    .catch((e) => e)
  expect(isUniqueViolation(twice)).toBe(true)
  expect(isUniqueViolation(twice, 'u_n')).toBe(true)
  expect(isUniqueViolation(twice, 'another')).toBe(false)
  expect(isCheckViolation(await database.db.query('insert into u values (0)').catch((e) => e))).toBe(true)
  expect(isDatabaseUnavailable(twice)).toBe(false)
})

test('a connection that the server ends is an outage, and the pool opens another', async () => {
  const ended = database.db.transaction(async (tx) => {
    await tx.query('select pg_terminate_backend(pg_backend_pid())')
  })
  expect(isDatabaseUnavailable(await ended.catch((error) => error))).toBe(true)
  expect((await database.db.query('select 1 as one')).rows).toEqual([{ one: 1 }])
})
