/** `/healthz`: the process answers. `/readyz`: it can do its work. */
import type { FastifyInstance } from 'fastify'

export interface Readiness {
  /** Why the server cannot work, or undefined when it can. */
  whyNotReady(): Promise<string | undefined>
}

const LONGEST_CHECK_MS = 5_000

export function healthRoutes(app: FastifyInstance, { readiness }: { readiness: Readiness }): void {
  app.get('/healthz', async () => ({ status: 'ok' }))
  app.get('/readyz', async (_request, reply) => {
    const reason = await inTime(readiness.whyNotReady())
    if (reason === undefined) return { status: 'ready' }
    return reply.code(503).send({ code: 503, message: reason, reason: 'not_ready' })
  })
}

async function inTime(check: Promise<string | undefined>): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(resolve, LONGEST_CHECK_MS, 'The database does not answer.')
  })
  return Promise.race([check, late]).finally(() => clearTimeout(timer))
}
