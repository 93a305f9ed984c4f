/** `GET /api/daypass/backup` and `POST /api/daypass/restore`: streams, for admins of the installation. */
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { constants, createGunzip, createGzip } from 'node:zlib'
import { BACKUP_MEDIA_TYPE } from '@daypass/contract/backup-file.ts'
import type { Refusal } from '@daypass/contract/errors.ts'
import type { FastifyInstance } from 'fastify'
import { userOf } from '../access/authenticate.ts'
import { actorOf } from '../access/principal.ts'
import { SITE_ADMIN_ONLY } from '../access/site-admin.ts'
import type { TokenLookup } from '../access/token-lookup.ts'
import { recordAudit } from '../audit/audit.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { type BackupServices, writeBackup } from './backup.ts'
import { restoreBackup } from './restore.ts'

export interface BackupRouteServices extends BackupServices {
  readonly tokens: Pick<TokenLookup, 'forget'>
  readonly reloadSigningKeys: () => Promise<void>
}

export function backupRoutes(app: FastifyInstance, services: BackupRouteServices): void {
  backupRoute(app, services)
  restoreRoute(app, services)
}

function backupRoute(app: FastifyInstance, services: BackupRouteServices): void {
  // It holds a connection and a snapshot of the database for as long as it takes.
  let underWay = false

  app.get('/api/daypass/backup', async (request, reply) => {
    const caller = userOf(request)
    if (!caller.siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
    if (underWay) return refuse(reply, BACKUP_UNDER_WAY)
    underWay = true
    try {
      const actor = actorOf(caller)
      const entry = { organizationId: null, actor, action: 'backup.made', target: 'installation' }
      await recordAudit(services.db, entry)
    } catch (error) {
      underWay = false
      throw error
    }
    // States in it are compressed already; a better level costs much and gives little.
    const file = createGzip({ level: constants.Z_BEST_SPEED })
    writeBackup(services, file)
      // What has been sent cannot be taken back: the connection breaks, and the reader sees that the end is missing.
      .then(() => file.end())
      .catch((error: unknown) => file.destroy(error instanceof Error ? error : new Error(String(error))))
      .finally(() => {
        underWay = false
      })
    return reply.type(BACKUP_MEDIA_TYPE).header('cache-control', 'no-store').send(file)
  })
}

function restoreRoute(app: FastifyInstance, services: BackupRouteServices): void {
  app.register(async (scope) => {
    // Whatever it says it is, it is read as a stream: a backup is larger than memory.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', async (_request: unknown, payload: IncomingMessage) => payload)

    scope.post('/api/daypass/restore', async (request, reply) => {
      const caller = userOf(request)
      if (!caller.siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
      const sent = request.body instanceof Readable ? request.body : Readable.from([])
      const restored = await withoutReceiveTimeout(scope, () => restoreFrom(services, sent, actorOf(caller)))
      if (isRefusal(restored)) return refuse(reply, restored)
      services.tokens.forget()
      await services.reloadSigningKeys()
      return restored
    })
  })
}

async function restoreFrom(services: BackupRouteServices, sent: Readable, actor: string) {
  // A fault reaches whoever reads it; when nobody does any more, it must not end the process.
  const inflated = createGunzip().on('error', () => {})
  // Not a pipeline, which would cut the connection at the first fault and take the answer with it.
  const cutOff = (): void => void inflated.destroy(new Error('The backup was not sent to its end.'))
  sent.once('error', cutOff).once('aborted', cutOff).pipe(inflated)
  try {
    return await restoreBackup(services, inflated, actor)
  } finally {
    sent.off('error', cutOff).off('aborted', cutOff).unpipe(inflated)
    sent.on('error', () => {}).resume() // what is left of a refused file, so that the client reads the answer
  }
}

/** A backup may take longer to send than any other request; the server is empty, so nobody else is waiting. */
async function withoutReceiveTimeout<T>({ server }: FastifyInstance, work: () => Promise<T>): Promise<T> {
  const usual = server.requestTimeout
  server.requestTimeout = 0
  try {
    return await work()
  } finally {
    server.requestTimeout = usual
  }
}

const BACKUP_UNDER_WAY: Refusal = {
  status: 409,
  reason: 'backup_under_way',
  message: 'Conflict: another backup of this server is being made; try again when it has ended.',
}
