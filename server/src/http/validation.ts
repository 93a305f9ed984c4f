/**
 * Requests are checked against the TypeBox schemas of their routes, and a fault becomes a sentence that names the field.
 *
 * The schemas of answers are for the description of the API and for the tests, which hold each answer against them;
 * to clients goes what the route made, as it is.
 *
 * What stands in a path or a query is text and is converted to what the schema says; bodies are taken literally.
 */
import type { FastifyInstance } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import type { TLocalizedValidationError } from 'typebox/error'
import { EdgeRefusal } from './errors.ts'

export function requestValidation(app: FastifyInstance): void {
  app.addHook('onRoute', ({ method, url, schema }) => {
    const body = schema?.body as { type?: string; additionalProperties?: unknown } | undefined
    if (body?.type === 'object' && body.additionalProperties === undefined) {
      throw new Error(`${String(method)} ${url}: its body's schema must say what becomes of unknown fields`)
    }
  })
  app.setSerializerCompiler(() => (answer) => JSON.stringify(answer))
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => {
    const validator = Compile(schema)
    const place = httpPart === 'body' ? 'body' : httpPart === 'querystring' ? 'query' : 'path'
    return (given: unknown) => {
      const value = place === 'body' ? given : validator.Convert({ ...(given as object) })
      if (validator.Check(value)) return { value }
      return { error: new EdgeRefusal(400, 'invalid_request', sentenceFor(validator.Errors(value), place)) }
    }
  })
}

/** The first fault: further ones are often its consequences. */
function sentenceFor(errors: readonly TLocalizedValidationError[], place: string): string {
  // Of the branches of a union each has its complaint; the one deepest inside is about the branch that was meant.
  const [error] = errors.filter(({ keyword }) => keyword !== 'boolean').sort((a, b) => depth(b) - depth(a))
  if (error === undefined) return `The ${place} is not as this route needs it.`
  const field = error.instancePath.slice(1).replaceAll('/', '.')
  if (error.keyword === 'additionalProperties') {
    const names = error.params.additionalProperties.map((name) => `"${field && `${field}.`}${name}"`)
    return `The ${place} has a field that is unknown here: ${names.join(', ')}.`
  }
  if (error.keyword === 'required') {
    const names = error.params.requiredProperties.map((name) => `"${field && `${field}.`}${name}"`)
    return `The ${place} lacks ${names.join(', ')}.`
  }
  const subject = field === '' ? `The ${place}` : `The field "${field}" of the ${place}`
  return `${subject} ${error.message}.`
}

function depth(error: TLocalizedValidationError): number {
  return error.instancePath.split('/').length
}
