/** Our own description of our API, where `pulumi api` looks for the service's. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'

const DOCUMENT = join(import.meta.dirname, '../../../contract/openapi.json')

export function openapiRoute(app: FastifyInstance): void {
  let document: Promise<Buffer> | undefined
  app.get('/api/openapi/pulumi-spec.json', { config: { public: true } }, async (_request, reply) => {
    document ??= readFile(DOCUMENT)
    return reply.type('application/json').send(await document)
  })
}
