/**
 * A door of its own for the runner that starts with the server: a Unix socket in a folder that no job has.
 *
 * On a port of this machine, which jobs share, a job could listen in the moment after the server died, and the
 * runner would hand it the pool token.
 */
import { createServer, type Server } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { StartRefusal } from '../start-refusal.ts'

/** @param path At most 107 bytes, in a folder of mode 0700. @throws {StartRefusal} */
export async function listenOnSocket(app: FastifyInstance, path: string): Promise<Server> {
  const server = createServer((request, response) => app.routing(request, response))
  server.keepAliveTimeout = app.server.keepAliveTimeout
  server.requestTimeout = app.server.requestTimeout
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new StartRefusal(`--runner-socket ${path} cannot be listened on: ${error.message}.`)),
    )
    server.listen(path, resolve)
  })
  return server
}
