/**
 * The service as secrets provider: encrypt and decrypt, one by one and in batches. It opens the purpose `state` and
 * nothing else, for the stack in the path and no other. Plaintext is bytes: the CLI sends random ones too.
 */

import type { Refusal } from '@daypass/contract/errors.ts'
import { STACK_PATH } from '@daypass/contract/stack-path.ts'
import type { FastifyInstance } from 'fastify'
import { type Static, Type } from 'typebox'
import { actorOf, type Principal } from '../access/principal.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import type { StackSecrets } from '../secrets/stack-secrets.ts'
import { StackPath } from '../stacks/names.ts'
import { loadStackFor, type Stack } from '../stacks/stack.ts'

interface Services {
  readonly db: Database
  readonly secrets: StackSecrets
}

/** RFC 4648 section 4, with padding: the same bytes always have the same text, for answers are keyed by it. */
const Base64 = Type.String()
const known = { additionalProperties: true } // a newer CLI may say more
const Plaintext = Type.Object({ plaintext: Base64 }, known)
const Ciphertext = Type.Object({ ciphertext: Base64 }, known)
const Plaintexts = Type.Object({ plaintexts: Type.Union([Type.Array(Base64), Type.Null()]) }, known)
const Ciphertexts = Type.Object({ ciphertexts: Type.Union([Type.Array(Base64), Type.Null()]) }, known)
const Decryption = Type.Object(
  { secretName: Type.Optional(Type.String()), commandName: Type.Optional(Type.String()) },
  known,
)

interface StackRoute<Body> {
  readonly Params: StackPath
  readonly Body: Body
}

/** What is said about a secret is cut to this, in characters. */
const LONGEST_NAME = 200

export function secretsRoutes(app: FastifyInstance, services: Services): void {
  encryptRoutes(app, services)
  decryptRoutes(app, services)
  decryptionLogRoutes(app, services)
}

function encryptRoutes(app: FastifyInstance, { db, secrets }: Services): void {
  app.post<StackRoute<Static<typeof Plaintext>>>(
    `${STACK_PATH}/encrypt`,
    { schema: { params: StackPath, body: Plaintext }, config: { allowStackToken: true, largeBody: true } },
    async ({ principal, params, body }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'preview')
      if (isRefusal(stack)) return refuse(reply, stack)
      const plain = bytesFrom(body.plaintext)
      if (!plain) return refuse(reply, notBase64)
      return { ciphertext: (await secrets.seal(db, stack.id, 'state', plain)).toString('base64') }
    },
  )

  app.post<StackRoute<Static<typeof Plaintexts>>>(
    `${STACK_PATH}/batch-encrypt`,
    { schema: { params: StackPath, body: Plaintexts }, config: { allowStackToken: true, largeBody: true } },
    async ({ principal, params, body }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'preview')
      if (isRefusal(stack)) return refuse(reply, stack)
      const plains = allBytesFrom(body.plaintexts ?? [])
      if (!plains) return refuse(reply, notBase64)
      const sealed = await secrets.sealAll(db, stack.id, 'state', plains)
      return { ciphertexts: sealed.map((one) => one.toString('base64')) }
    },
  )
}

/** Reading a stack means reading its secrets: a program's stack reference decrypts another stack's outputs. */
function decryptRoutes(app: FastifyInstance, { db, secrets }: Services): void {
  app.post<StackRoute<Static<typeof Ciphertext>>>(
    `${STACK_PATH}/decrypt`,
    { schema: { params: StackPath, body: Ciphertext }, config: { allowStackToken: true, largeBody: true } },
    async ({ principal, params, body }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const sealed = bytesFrom(body.ciphertext)
      const plain = sealed && (await secrets.open(db, stack.id, 'state', sealed))
      if (plain) await recordOtherStack(db, principal, stack, 1)
      return plain ? { plaintext: plain.toString('base64') } : refuse(reply, notOurs)
    },
  )

  app.post<StackRoute<Static<typeof Ciphertexts>>>(
    `${STACK_PATH}/batch-decrypt`,
    { schema: { params: StackPath, body: Ciphertexts }, config: { allowStackToken: true, largeBody: true } },
    async ({ principal, params, body }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const texts = [...new Set(body.ciphertexts ?? [])]
      const sealed = allBytesFrom(texts)
      if (!sealed) return refuse(reply, notOurs)
      const plains = await secrets.openAll(db, stack.id, 'state', sealed)
      const opened = plains.filter((plain) => plain !== undefined)
      if (opened.length < texts.length) return refuse(reply, notOurs)
      if (texts.length > 0) await recordOtherStack(db, principal, stack, texts.length)
      const entries = texts.map((text, index) => [text, opened[index]?.toString('base64')] as const)
      return { plaintexts: Object.fromEntries(entries) }
    },
  )
}

/**
 * A job that opens another stack's secrets is noted whatever its CLI says afterwards: a program can call us itself.
 * Noted before they are handed out, so that there is no secret without its note.
 */
async function recordOtherStack(
  db: Database,
  principal: Principal,
  stack: Stack,
  secrets: number,
): Promise<void> {
  if (principal.kind === 'user' || principal.stackId === stack.id) return
  await recordAudit(db, {
    organizationId: stack.organizationId,
    actor: actorOf(principal),
    action: 'secret.opened',
    target: `${stack.organization}/${stack.project}/${stack.name}`,
    details: { secrets, byStack: principal.stackId },
  })
}

/** The CLI says afterwards why it decrypted; what it says is for the record only. */
function decryptionLogRoutes(app: FastifyInstance, { db }: Services): void {
  for (const path of ['log-decryption', 'log-batch-decryption']) {
    app.post<StackRoute<Static<typeof Decryption>>>(
      `${STACK_PATH}/decrypt/${path}`,
      { schema: { params: StackPath, body: Decryption }, config: { allowStackToken: true } },
      async ({ principal, params, body }, reply) => {
        const stack = await loadStackFor(db, principal, params, 'read')
        if (isRefusal(stack)) return refuse(reply, stack)
        const { secretName, commandName } = body
        await recordAudit(db, {
          organizationId: stack.organizationId,
          actor: actorOf(principal),
          action: 'secret.decrypted',
          target: `${stack.organization}/${stack.project}/${stack.name}`,
          details: {
            ...(secretName && { secret: secretName.slice(0, LONGEST_NAME) }),
            ...(commandName && { command: commandName.slice(0, LONGEST_NAME) }),
          },
        })
        return reply.code(204).send()
      },
    )
  }
}

function allBytesFrom(texts: readonly string[]): Buffer[] | undefined {
  const all = texts.map(bytesFrom).filter((bytes) => bytes !== undefined)
  return all.length === texts.length ? all : undefined
}

function bytesFrom(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}

const notBase64: Refusal = {
  status: 400,
  reason: 'not_base64',
  message: 'Bad Request: a plaintext must be base64 with padding.',
}

const notOurs: Refusal = {
  status: 400,
  reason: 'cannot_decrypt',
  message: 'Bad Request: a ciphertext was not made for this stack by this server, or was altered.',
}
