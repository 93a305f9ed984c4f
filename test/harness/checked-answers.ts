/**
 * Holds every answer of a server in this process against what its route promises: the models that clients generated
 * from the description read with, which refuse a whole answer for one field that is missing.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { ErrorBody } from '@daypass/contract/errors.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile, type Validator } from 'typebox/compile'

/** Fastify tells each new instance here, before it has a route. */
const NEW_INSTANCE = 'fastify.initialization'

export interface CheckedAnswers {
  /** Sentences about answers that were otherwise than promised, since the last time. */
  readonly takeFaults: () => readonly string[]
}

/** @param build Makes the server, inside of it. */
export async function withCheckedAnswers<App>(build: () => Promise<App>): Promise<[App, CheckedAnswers]> {
  const faults: string[] = []
  const watch = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance }
    fastify.addHook('onSend', async (request, reply, payload) => {
      const fault = faultOf(request, reply, payload)
      if (fault !== undefined) faults.push(fault)
      return payload
    })
  }
  subscribe(NEW_INSTANCE, watch)
  try {
    return [await build(), { takeFaults: () => faults.splice(0) }]
  } finally {
    unsubscribe(NEW_INSTANCE, watch)
  }
}

const validators = new WeakMap<TSchema, Validator>()

function faultOf(
  { method, routeOptions }: FastifyRequest,
  reply: FastifyReply,
  payload: unknown,
): string | undefined {
  const { statusCode: status } = reply
  const promised = routeOptions.schema?.response as Readonly<Record<string, TSchema>> | undefined
  const place = `${method} ${routeOptions.url}: ${status}`
  const isPage = String(reply.getHeader('content-type')).startsWith('text/html')
  if (status >= 400) return isPage ? undefined : faultOfRefusal(place, status, payload)
  if (promised === undefined) return undefined
  const schema = promised[String(status)]
  if (schema === undefined) return `${place} is none of the promised ${Object.keys(promised).join(', ')}`
  const isEmpty = payload === undefined || payload === null || payload === ''
  if ((schema as { type?: unknown }).type === 'null') return isEmpty ? undefined : `${place} should be empty`
  if (typeof payload !== 'string') return undefined
  const validator = validators.get(schema) ?? Compile(schema)
  validators.set(schema, validator)
  const [error] = validator.Errors(JSON.parse(payload))
  return error && `${place}: ${error.instancePath} ${error.message} in ${payload.slice(0, 2000)}`
}

const refusal = Compile(ErrorBody)

function faultOfRefusal(place: string, status: number, payload: unknown): string | undefined {
  // HEAD has none, and a body that is no text is not ours.
  if (typeof payload !== 'string' || payload === '') return undefined
  const body: unknown = JSON.parse(payload)
  if (!refusal.Check(body)) return `${place} is no refusal: ${payload.slice(0, 500)}`
  return body.code === status ? undefined : `${place} says ${body.code}`
}
