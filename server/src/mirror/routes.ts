/** `/api/daypass/issuer/publication`: for admins of the installation. */
import { ISSUER_PUBLICATION_PATH, IssuerPublication } from '@daypass/contract/issuer-publication.ts'
import type { FastifyInstance } from 'fastify'
import { userOf } from '../access/authenticate.ts'
import { SITE_ADMIN_ONLY } from '../access/site-admin.ts'
import type { Issuer } from '../issuer/issuer.ts'
import { refuse } from '../refuse.ts'
import { mirrorDocuments } from './mirror.ts'
import type { Publisher } from './publisher.ts'

export interface MirrorRouteServices {
  readonly config: {
    readonly issuerUrl: string
    readonly keyRotation: { readonly maxAgeSeconds: number }
  }
  readonly issuer: Issuer
  /** Absent: the server publishes nowhere but itself. */
  readonly publisher?: Publisher | undefined
}

const response = { 200: IssuerPublication }

export function mirrorRoutes(app: FastifyInstance, { config, issuer, publisher }: MirrorRouteServices): void {
  const answer = (publication: IssuerPublication['publication']): IssuerPublication => ({
    issuerUrl: config.issuerUrl,
    documents: mirrorDocuments(issuer, config.keyRotation.maxAgeSeconds).inOrder.map(
      ({ path, contentType, cacheControl, body }) => ({
        path,
        contentType,
        cacheControl,
        body: body.toString('utf8'),
      }),
    ),
    ...(publication && { publication }),
  })

  app.get(ISSUER_PUBLICATION_PATH, { schema: { response } }, async (request, reply) => {
    if (!userOf(request).siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
    return answer(await publisher?.status())
  })

  app.post(ISSUER_PUBLICATION_PATH, { schema: { response } }, async (request, reply) => {
    if (!userOf(request).siteAdmin) return refuse(reply, SITE_ADMIN_ONLY)
    if (!publisher) return refuse(reply, NO_MIRROR)
    return answer(await publisher.publishNow())
  })
}

const NO_MIRROR = {
  status: 409,
  reason: 'no_mirror',
  message:
    'This server publishes nowhere but itself: start it with --publish-keys-to, or write the documents with `daypass issuer publish --folder` or `--print`.',
} as const
