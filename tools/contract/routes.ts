// Asks the server itself for its routes: it is put together as always, on services that are not there, and is never
// asked to answer.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { FastifyInstance, RouteOptions } from 'fastify'
import { buildApp, type Services } from '../../server/src/app.ts'
import { readConfig } from '../../server/src/config.ts'
import type { JsonSchema, Route, RouteSchema } from './openapi.ts'

/** Fastify tells each new instance here, before it has a route. */
const NEW_INSTANCE = 'fastify.initialization'

export async function routesOfServer(): Promise<Route[]> {
  const routes: Route[] = []
  const watch = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onRoute', (options) => void routes.push(...routesIn(options)))
  }
  subscribe(NEW_INSTANCE, watch)
  try {
    await (await buildApp(absentServices())).close()
  } finally {
    unsubscribe(NEW_INSTANCE, watch)
  }
  return routes
}

function routesIn({ method, url, schema, config }: RouteOptions): Route[] {
  const { public: isPublic, describedBody } = (config ?? {}) as {
    public?: boolean
    describedBody?: JsonSchema
  }
  const described = { ...schema, ...(describedBody && { body: describedBody }) } as RouteSchema
  return [method]
    .flat()
    .map((name) => ({ method: name, url, schema: described, isPublic: isPublic === true }))
}

/** While the routes are made, nothing is asked of a service but what they publish from memory. */
function absentServices(): Services {
  const config = readConfig(['--data', '/nowhere'], {}, 'linux')
  if (config === 'help') throw new Error('no help was asked for')
  // Every name is written out: slices get what they need by spreading, which copies only names that are there.
  const services: Record<keyof Services, unknown> = {
    config,
    issuer: { discovery: () => ({}), jwks: () => ({}) },
    log: absent,
    now: absent,
    randomBytes: absent,
    randomUuid: absent,
    db: absent,
    listener: absent,
    tokens: absent,
    readiness: absent,
    secrets: absent,
    organizationSecrets: absent,
    post: absent,
    fetchDocument: absent,
    hostApi: absent,
    metrics: absent,
    linked: absent,
    masterKey: absent,
    signers: absent,
    tls: undefined,
    headPublicKeys: absent,
    reloadSigningKeys: absent,
    publisher: undefined,
    followSeconds: absent,
    consoleFolder: '/nowhere',
  }
  return services as Services
}

/** Whatever is done with it, it is there and does nothing. */
const absent: object = new Proxy(() => {}, {
  get: (_target, name) => (name === 'then' || name === Symbol.toPrimitive ? undefined : absent),
  apply: () => absent,
})
