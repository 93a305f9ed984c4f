/** `/api/daypass/issuer/keys`: for admins of the installation. No key, wrapped or not, is ever in an answer. */
import {
  REVOKE_SIGNING_KEY_PATH,
  ROTATE_SIGNING_KEYS_PATH,
  SIGNING_KEYS_PATH,
  SigningKeyStatus,
} from '@daypass/contract/signing-keys.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { userOf } from '../access/authenticate.ts'
import { SITE_ADMIN_ONLY } from '../access/site-admin.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { publishNextKey, type RotationServices, revokeKey, signingKeyStatus } from './rotation.ts'
import type { KeyMirror } from './seen.ts'

const KeyPath = Type.Object({ kid: Type.String({ maxLength: 100 }) })
type KeyPath = Static<typeof KeyPath>

const response = { 200: SigningKeyStatus }

export function signingKeyRoutes(
  app: FastifyInstance,
  services: RotationServices & {
    readonly reloadSigningKeys: () => Promise<void>
    /** Absent: relying parties read this server. */
    readonly publisher?: KeyMirror | undefined
  },
): void {
  const { publisher } = services

  /** Whoever hears of it finds it published here; the other servers hear of it from the database. */
  async function published(): Promise<SigningKeyStatus> {
    await services.reloadSigningKeys()
    if (!publisher) return signingKeyStatus(services)
    const publication = await publisher.publishNow()
    return { ...(await signingKeyStatus(services)), publication }
  }

  app.get(SIGNING_KEYS_PATH, { schema: { response } }, async (request, reply) => {
    if (!userOf(request).siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
    const status = await signingKeyStatus(services)
    return publisher ? { ...status, publication: await publisher.status() } : status
  })

  app.post(ROTATE_SIGNING_KEYS_PATH, { schema: { response } }, async (request, reply) => {
    const caller = userOf(request)
    if (!caller.siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
    const status = await publishNextKey(services, caller)
    if (isRefusal(status)) return refuse(reply, status)
    return published()
  })

  app.post<{ Params: KeyPath }>(
    REVOKE_SIGNING_KEY_PATH,
    { schema: { params: KeyPath, response } },
    async (request, reply) => {
      const caller = userOf(request)
      if (!caller.siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
      await publisher?.prepare()
      const status = await revokeKey(services, caller, request.params.kid)
      if (isRefusal(status)) return refuse(reply, status)
      return published()
    },
  )
}
