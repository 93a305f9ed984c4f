import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/harness/database.ts'
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
