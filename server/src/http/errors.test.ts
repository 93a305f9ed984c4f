import { Readable } from 'node:stream'
import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { errorAnswers } from './errors.ts'

test.each([
  ['is thrown', () => Promise.reject(new Error('broken'))],
  ['ends a stream before its first byte', async () => Readable.from(brokenAtOnce())],
])('an error that %s is told as JSON, whatever type the answer was to have', async (_how, handle) => {
  const app = Fastify()
  errorAnswers(app, () => undefined)
  app.get('/', async (_request, reply) => {
    void reply.type('text/event-stream').header('content-encoding', 'gzip')
    return handle()
  })
  const { statusCode, headers, payload } = await app.inject('/')
  expect(statusCode).toBe(500)
  expect(headers).toMatchObject({ 'content-type': 'application/json; charset=utf-8' })
  expect(headers).not.toHaveProperty('content-encoding')
  expect(JSON.parse(payload)).toMatchObject({ code: 500, reason: 'internal' })
  await app.close()
})

async function* brokenAtOnce(): AsyncGenerator<Buffer> {
  yield await Promise.reject<Buffer>(new Error('broken'))
}
