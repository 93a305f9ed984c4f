/** An organization's git hosts, for its admins. */
import type { Refusal } from '@daypass/contract/errors.ts'
import {
  ChangeGitHostRequest,
  ConnectGitHostRequest,
  GIT_HOST_PATH,
  GIT_HOSTS_PATH,
  GitHostResponse,
  ListGitHostsResponse,
  TestGitHostResponse,
} from '@daypass/contract/git-hosts.ts'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { type Static, Type } from 'typebox'
import { userOf } from '../access/authenticate.ts'
import { adminOf } from '../access/organization.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { type HostApiServices, HostUnavailable, isHostRefusal } from './adapter.ts'
import { gitHostAnswer } from './answer.ts'
import {
  type Changed,
  type ChangeServices,
  changeGitHost,
  connectGitHost,
  removeGitHost,
  unreadable,
} from './change.ts'
import { type GitHost, gitHostNotFound } from './git-host.ts'
import { noteHealth } from './health.ts'
import { findGitHost, listGitHosts } from './host.sql.ts'
import { pollsOf } from './polling/answer.ts'
import { reachHost } from './reach.ts'

export interface GitHostServices extends ChangeServices {
  readonly config: { readonly baseUrl: string }
  readonly hostApi: HostApiServices
}

const OrganizationPath = Type.Object({ organization: Type.String() })
type OrganizationPath = Static<typeof OrganizationPath>
const HostPath = Type.Object({ organization: Type.String(), host: Type.String() })
type HostPath = Static<typeof HostPath>
const NOTHING = Type.Null({ description: 'Nothing.' })
const tags = ['Git hosts']

export function gitHostRoutes(app: FastifyInstance, services: GitHostServices): void {
  const { db, config } = services
  const { baseUrl } = config
  const answer = async (reply: FastifyReply, status: number, changed: Changed | Refusal) => {
    if (isRefusal(changed)) return refuse(reply, changed)
    const { host, webhookSecret } = changed
    const polls = await pollsOf(db, [host])
    return reply.code(status).send(gitHostAnswer(host, { baseUrl, polls, webhookSecret }))
  }
  const schemaOf = (operationId: string, summary: string) => ({
    operationId,
    summary,
    tags,
    params: HostPath,
    response: { 200: GitHostResponse },
  })

  app.get<{ Params: OrganizationPath }>(
    GIT_HOSTS_PATH,
    {
      schema: {
        operationId: 'listGitHosts',
        summary: 'List the git hosts that are connected',
        tags,
        params: OrganizationPath,
        response: { 200: ListGitHostsResponse },
      },
    },
    async (request, reply) => {
      const membership = adminOf(request.principal, request.params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const hosts = await listGitHosts(db, membership.organizationId)
      const polls = await pollsOf(db, hosts)
      return { gitHosts: hosts.map((host) => gitHostAnswer(host, { baseUrl, polls })) }
    },
  )

  app.post<{ Params: OrganizationPath; Body: ConnectGitHostRequest }>(
    GIT_HOSTS_PATH,
    {
      schema: {
        operationId: 'connectGitHost',
        summary: 'Connect a git host; the secret for its webhooks is shown this once',
        tags,
        params: OrganizationPath,
        body: ConnectGitHostRequest,
        response: { 201: GitHostResponse },
      },
    },
    async (request, reply) => {
      const membership = adminOf(request.principal, request.params.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      return answer(reply, 201, await connectGitHost(services, userOf(request), membership, request.body))
    },
  )

  app.get<{ Params: HostPath }>(
    GIT_HOST_PATH,
    { schema: schemaOf('getGitHost', 'Read a git host') },
    async (request, reply) => {
      const host = await hostOf(services, request)
      if (isRefusal(host)) return refuse(reply, host)
      return gitHostAnswer(host, { baseUrl, polls: await pollsOf(db, [host]) })
    },
  )

  app.patch<{ Params: HostPath; Body: ChangeGitHostRequest }>(
    GIT_HOST_PATH,
    {
      schema: {
        ...schemaOf('changeGitHost', 'Change a git host; its events act for whoever did that last'),
        body: ChangeGitHostRequest,
      },
    },
    async (request, reply) => {
      const { organization, host } = request.params
      const membership = adminOf(request.principal, organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      return answer(
        reply,
        200,
        await changeGitHost(services, userOf(request), membership, host, request.body),
      )
    },
  )

  app.delete<{ Params: HostPath }>(
    GIT_HOST_PATH,
    { schema: { ...schemaOf('removeGitHost', 'Remove a git host'), response: { 204: NOTHING } } },
    async (request, reply) => {
      const { organization, host } = request.params
      const membership = adminOf(request.principal, organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const refusal = await removeGitHost(services, userOf(request), membership, host)
      return refusal ? refuse(reply, refusal) : reply.code(204).send()
    },
  )

  app.post<{ Params: HostPath }>(
    `${GIT_HOST_PATH}/test`,
    {
      schema: {
        ...schemaOf('testGitHost', 'Ask a git host who we are, and what is missing'),
        response: { 200: TestGitHostResponse },
      },
    },
    async (request, reply) => {
      const host = await hostOf(services, request)
      return isRefusal(host) ? refuse(reply, host) : testHost(services, host, reply)
    },
  )
}

async function hostOf(
  { db }: Pick<GitHostServices, 'db'>,
  request: { readonly principal: Parameters<typeof adminOf>[0]; readonly params: HostPath },
): Promise<GitHost | Refusal> {
  const membership = adminOf(request.principal, request.params.organization)
  if (isRefusal(membership)) return membership
  const { host } = request.params
  return (await findGitHost(db, membership.organizationId, host)) ?? gitHostNotFound(host)
}

async function testHost(services: GitHostServices, host: GitHost, reply: FastifyReply) {
  const { db } = services
  const reached = await reachHost(services, host)
  if (typeof reached === 'string') return refuse(reply, unreadable)
  const checked = await reached.api.check().catch((error: unknown) => {
    if (!(error instanceof HostUnavailable)) throw error
    return { missing: [error.message] }
  })
  const tested = isHostRefusal(checked) ? { missing: [checked.sentence] } : checked
  await noteHealth(db, host.id, tested.missing[0])
  return { ...tested, missing: [...tested.missing] }
}
