/**
 * Our own description of our API, where `pulumi api` looks for the service's. It is made from the routes' schemas by
 * `npm run contract:dump`; the words of a route that only the description needs stand in its schema too.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'

declare module 'fastify' {
  interface FastifySchema {
    /** What generated clients and `pulumi api` call it; made from method and path when absent. */
    operationId?: string
    summary?: string
    description?: string
    tags?: readonly string[]
  }
  interface FastifyContextConfig {
    /** The body of a route that reads it by hand, for a refusal that names the field: described, not checked with. */
    describedBody?: TSchema
  }
}

const DOCUMENT = join(import.meta.dirname, '../../../contract/openapi.json')

export function openapiRoute(app: FastifyInstance): void {
  let document: Promise<Buffer> | undefined
  app.get('/api/openapi/pulumi-spec.json', { config: { public: true } }, async (_request, reply) => {
    document ??= readFile(DOCUMENT)
    return reply.type('application/json').send(await document)
  })
}
