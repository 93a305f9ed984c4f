/**
 * Triggers: the many doors to one act, `requestDeployment`. This one is `POST …/deployments`: the CLI, curl, programs.
 *
 * Owns: the form of this door and whose right counts at it. Does not own: what a deployment needs (deployments).
 */
import {
  CreateDeploymentResponse,
  DEPLOYMENTS_PATH,
  INITIATOR_HEADER,
  WARNING_HEADER,
} from '@daypass/contract/deployments.ts'
import { CreateDeploymentRequest } from '@daypass/contract/settings-request.ts'
import type { FastifyInstance } from 'fastify'
import { userOf } from '../access/authenticate.ts'
import { canAdministerStack, isOrganizationAdmin } from '../access/permission.ts'
import { type RequestServices, readDeploymentRequest, requestDeployment } from '../deployments/request.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { loadStackFor, type StackNames } from '../stacks/stack.ts'

const LONGEST_INITIATOR = 100

export function restTrigger(app: FastifyInstance, services: RequestServices): void {
  const schema = {
    operationId: 'createDeployment',
    summary: 'Queue a deployment',
    tags: ['Deployments'],
    response: { 202: CreateDeploymentResponse },
  }
  const config = { describedBody: CreateDeploymentRequest }
  app.post<{ Params: StackNames }>(DEPLOYMENTS_PATH, { schema, config }, async (request, reply) => {
    const stack = await loadStackFor(services.db, request.principal, request.params, 'write')
    if (isRefusal(stack)) return refuse(reply, stack)
    const read = readDeploymentRequest(request.body)
    if (!read.ok) return refuse(reply, read.refusal)
    const requester = {
      userId: userOf(request).userId,
      isOrganizationAdmin: isOrganizationAdmin(request.principal, stack.organizationId),
      isStackAdmin: canAdministerStack(request.principal, stack),
    }
    const requested = await requestDeployment(services, requester, stack.id, {
      ...read.value,
      trigger: 'rest',
      initiator: initiatorOf(request.headers[INITIATOR_HEADER]),
    })
    if (isRefusal(requested)) return refuse(reply, requested)
    const { notes, ...answer } = requested
    if (notes.length > 0) reply.header(WARNING_HEADER, notes.join(' '))
    return reply.code(202).send(answer)
  })
}

/** A word for people to read; what is no word is left out. */
function initiatorOf(header: string | string[] | undefined): string {
  const word = Array.isArray(header) ? header[0] : header
  return word !== undefined && /^[ -~]*$/.test(word) ? word.slice(0, LONGEST_INITIATOR) : ''
}
