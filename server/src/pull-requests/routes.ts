/** The approval of a stranger's commit by an admin of the organization. */
import type { Refusal } from '@daypass/contract/errors.ts'
import {
  ApprovedPullRequest,
  ApprovePullRequestRequest,
  GIT_APPROVALS_PATH,
} from '@daypass/contract/git-hosts.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { userOf } from '../access/authenticate.ts'
import { adminOf } from '../access/organization.ts'
import { findHostByName } from '../git-hosts/find.ts'
import { gitHostNotFound } from '../git-hosts/git-host.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { type ApproveServices, approveAsAdmin } from './approve-as-admin.ts'

const HostPath = Type.Object({ organization: Type.String(), host: Type.String() })

export function pullRequestRoutes(app: FastifyInstance, services: ApproveServices): void {
  app.post<{ Params: Static<typeof HostPath>; Body: ApprovePullRequestRequest }>(
    GIT_APPROVALS_PATH,
    {
      schema: {
        operationId: 'approvePullRequest',
        summary: 'Approve the head of a pull request of somebody who may not write, so that it is previewed',
        tags: ['Git hosts'],
        params: HostPath,
        body: ApprovePullRequestRequest,
        response: { 201: ApprovedPullRequest },
      },
    },
    async (request, reply) => {
      const { organization, host: name } = request.params
      const membership = adminOf(request.principal, organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      const host = await findHostByName(services.db, membership.organizationId, name)
      const approved: ApprovedPullRequest | Refusal = host
        ? await approveAsAdmin(services, userOf(request), host, request.body)
        : gitHostNotFound(name)
      return isRefusal(approved) ? refuse(reply, approved) : reply.code(201).send(approved)
    },
  )
}
