/** A GitHub App made by a manifest, as the API begins it and tells how far it is. */
import {
  BegunGitAppRegistration,
  GIT_APP_REGISTRATION_PATH,
  GitAppRegistration,
  RegisterGitAppRequest,
} from '@daypass/contract/git-hosts.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { userOf } from '../access/authenticate.ts'
import { adminOf } from '../access/organization.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { gitHostAnswer } from './answer.ts'
import { signedPing } from './github/manifest.ts'
import { gitHostById } from './host.sql.ts'
import { registrationNamed } from './registration.sql.ts'
import {
  type AppRegistration,
  beginAppRegistration,
  noRegistration,
  type RegistrationServices,
} from './registration.ts'
import { openGitHost } from './secrets.ts'

interface Services extends RegistrationServices {
  readonly config: { readonly baseUrl: string }
}

/** Pages, below the base URL. */
export const APP_PAGE = '/github-app'

const HostPath = Type.Object({ organization: Type.String(), host: Type.String() })
type HostPath = Static<typeof HostPath>
const tags = ['Git hosts']

export function registrationRoutes(app: FastifyInstance, services: Services): void {
  const { db, config } = services

  app.post<{ Params: HostPath; Body: RegisterGitAppRequest }>(
    GIT_APP_REGISTRATION_PATH,
    {
      schema: {
        operationId: 'registerGitApp',
        summary: 'Begin to make a GitHub App by a manifest; the link is shown this once',
        tags,
        params: HostPath,
        body: RegisterGitAppRequest,
        response: { 201: BegunGitAppRegistration },
      },
    },
    async (request, reply) => {
      const { organization, host } = request.params
      const membership = adminOf(request.principal, organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const begun = await beginAppRegistration(services, userOf(request), membership, host, request.body)
      if (isRefusal(begun)) return refuse(reply, begun)
      const { id, state, expiresAt } = begun
      const link = `${config.baseUrl}${APP_PAGE}?${new URLSearchParams({ state })}`
      return reply.code(201).send({ id, link, expires: expiresAt.toISOString() })
    },
  )

  app.get<{ Params: HostPath }>(
    GIT_APP_REGISTRATION_PATH,
    {
      schema: {
        operationId: 'getGitAppRegistration',
        summary: 'Read how far a GitHub App is that is being made',
        tags,
        params: HostPath,
        response: { 200: GitAppRegistration },
      },
    },
    async (request, reply) => {
      const { organization, host } = request.params
      const membership = adminOf(request.principal, organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const found = await registrationNamed(db, membership.organizationId, host)
      return found ? registrationAnswer(services, found) : refuse(reply, noRegistration(host))
    },
  )
}

async function registrationAnswer(
  services: Services,
  { id, progress, failure, installUrl, expiresAt }: AppRegistration,
): Promise<GitAppRegistration> {
  const { db, config, now, randomUuid } = services
  if (progress === 'failed') return { id, state: 'failed', message: failure ?? '' }
  if (progress !== 'connected') return { id, state: expiresAt > now() ? progress : 'expired' }
  const host = await gitHostById(db, id)
  if (!host) return { id, state: 'failed', message: 'It was connected, and has been removed since.' }
  const opened = await openGitHost(db, services, host)
  return {
    id,
    state: 'connected',
    gitHost: gitHostAnswer(host, { baseUrl: config.baseUrl, polls: new Map() }),
    ...(installUrl !== null && { installUrl }),
    ...(opened !== 'unreadable' && { testEvent: signedPing(opened.secrets.webhookSecret, randomUuid()) }),
  }
}
