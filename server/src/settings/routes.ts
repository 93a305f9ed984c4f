/** `…/deployments/settings`: read, replace (PUT), merge (POST), remove, and seal one value. */
import { WARNING_HEADER } from '@daypass/contract/deployments.ts'
import type { Refusal } from '@daypass/contract/errors.ts'
import {
  DeploymentSettings,
  LEGACY_SETTINGS_PATH,
  SETTINGS_PATH,
  type SettingsOrigin,
  SettingsValue,
} from '@daypass/contract/settings.ts'
import { DeploymentSettingsRequest, SecretInput } from '@daypass/contract/settings-request.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { userOf } from '../access/authenticate.ts'
import { canAdministerStack, isOrganizationAdmin } from '../access/permission.ts'
import { actorOf } from '../access/principal.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import type { StackSecrets } from '../secrets/stack-secrets.ts'
import { loadStackFor, type Stack, type StackNames, stackNotFound } from '../stacks/stack.ts'
import { settingsAnswer, valueAnswer } from './answer.ts'
import {
  type Changed,
  type ChangedStack,
  type Changer,
  changeSettings,
  removeSettings,
  type SettingsChange,
} from './change.ts'
import { reading } from './fields.ts'
import { oidcRuleRoutes } from './oidc-rule-routes.ts'
import { readSettings } from './read-settings.ts'
import { sealOne } from './seal.ts'
import { readSecretValue } from './secret-value.ts'
import { readSavedSettings } from './settings.sql.ts'

export interface SettingsServices {
  readonly db: Database
  readonly secrets: StackSecrets
}

type StackRequest = FastifyRequest<{ Params: StackNames }>

export function settingsRoutes(app: FastifyInstance, services: SettingsServices): void {
  oidcRuleRoutes(app, services)
  routesAt(SETTINGS_PATH, '', app, services)
  routesAt(LEGACY_SETTINGS_PATH, 'Legacy', app, services)
}

function routesAt(path: string, name: string, app: FastifyInstance, services: SettingsServices): void {
  const { db } = services
  const about = (operation: string, summary: string) => ({
    operationId: `${operation}${name}DeploymentSettings`,
    summary,
    tags: ['Deployment settings'],
    response: { 200: DeploymentSettings as TSchema },
  })
  const config = { describedBody: DeploymentSettingsRequest }
  const read = about('get', 'Read the deployment settings of a stack')
  const replace = about('replace', 'Replace the deployment settings of a stack')
  const merge = about('patch', 'Merge into the deployment settings of a stack')
  const remove = {
    ...about('delete', 'Remove the deployment settings of a stack'),
    response: { 200: Type.Boolean({ description: 'Whether there were any.' }) },
  }
  const encrypt = {
    ...about('encryptValueFor', 'Encrypt one value for the deployment settings of a stack'),
    response: { 200: SettingsValue },
  }

  app.get<{ Params: StackNames }>(path, { schema: read }, async (request, reply) => {
    const stack = await loadStackFor(db, request.principal, request.params, 'read')
    if (isRefusal(stack)) return refuse(reply, stack)
    const saved = await readSavedSettings(db, stack.id)
    return saved ? settingsAnswer(saved) : refuse(reply, noSettings)
  })

  app.put<{ Params: StackNames }>(path, { schema: replace, config }, (request, reply) =>
    change(services, request, reply, 'replace'),
  )
  app.post<{ Params: StackNames }>(path, { schema: merge, config }, (request, reply) =>
    change(services, request, reply, 'merge'),
  )

  app.delete<{ Params: StackNames }>(path, { schema: remove }, async (request, reply) => {
    const stack = await loadStackFor(db, request.principal, request.params, 'write')
    if (isRefusal(stack)) return refuse(reply, stack)
    const removed = await removeSettings(db, auditedOf(stack), changerOf(request, stack))
    if (isRefusal(removed)) return refuse(reply, removed)
    // Pulumi's answer is a bare JSON boolean, which Fastify would not send as such.
    return reply.type('application/json; charset=utf-8').send(JSON.stringify(removed))
  })

  const encryptRoute = { schema: encrypt, config: { describedBody: SecretInput } }
  app.post<{ Params: StackNames }>(`${path}/encrypt`, encryptRoute, async (request, reply) => {
    const stack = await loadStackFor(db, request.principal, request.params, 'write')
    if (isRefusal(stack)) return refuse(reply, stack)
    const given = reading(() => readSecretValue(request.body, 'The body'))
    if (!given.ok) return refuse(reply, given.refusal)
    const { value } = given
    if (
      value === undefined ||
      value === '' ||
      (typeof value === 'object' && 'secret' in value && value.secret === '')
    ) {
      return refuse(reply, nothingToEncrypt)
    }
    const sealed = await db.transaction((tx) =>
      sealOne(
        { secrets: services.secrets, tx, stackId: stack.id },
        typeof value === 'string' ? { secret: value } : value,
      ),
    )
    return isRefusal(sealed) ? refuse(reply, sealed) : valueAnswer(sealed)
  })
}

async function change(
  services: SettingsServices,
  request: StackRequest,
  reply: FastifyReply,
  kind: SettingsChange['kind'],
): Promise<FastifyReply> {
  const stack = await loadStackFor(services.db, request.principal, request.params, 'write')
  if (isRefusal(stack)) return refuse(reply, stack)
  const read = reading(() => readSettings(request.body, kind === 'merge' ? null : undefined))
  if (!read.ok) return refuse(reply, read.refusal)
  const changed: Changed | Refusal | undefined = await changeSettings(services, auditedOf(stack), {
    kind,
    patch: read.value,
    source: originOf(request),
    by: changerOf(request, stack),
  })
  if (changed === undefined) return refuse(reply, stackNotFound(request.params))
  if (isRefusal(changed)) return refuse(reply, changed)
  if (changed.notes.length > 0) reply.header(WARNING_HEADER, changed.notes.join(' '))
  return reply.send(settingsAnswer(changed.saved))
}

function auditedOf({ id, organizationId, organization, project, name }: Stack): ChangedStack {
  return { id, organizationId, fullName: `${organization}/${project}/${name}` }
}

function changerOf(request: FastifyRequest, stack: Stack): Changer {
  return {
    userId: userOf(request).userId,
    actor: actorOf(request.principal),
    isOrganizationAdmin: isOrganizationAdmin(request.principal, stack.organizationId),
    isStackAdmin: canAdministerStack(request.principal, stack),
  }
}

/** Pulumi's provider announces itself; the answer repeats it. */
function originOf(request: FastifyRequest): SettingsOrigin {
  const given = request.headers['x-pulumi-source']
  return given === 'provider' || given === 'console' ? given : 'api'
}

const noSettings: Refusal = {
  status: 404,
  reason: 'no_settings',
  message: 'Not Found: this stack has no deployment settings.',
}
const nothingToEncrypt: Refusal = {
  status: 400,
  reason: 'invalid_field',
  message: 'There is nothing to encrypt: send a JSON string that is not empty, or {"secret": "…"}.',
}
