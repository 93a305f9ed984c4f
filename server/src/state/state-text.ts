/**
 * What clients send and get as state: Pulumi's `UntypedDeployment`, `{"version", "features"?, "deployment"}`.
 *
 * Only the few members that we must know are looked at; the deployment's text is cut out as it stands.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go UntypedDeployment
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import {
  edited,
  elementsOf,
  isArray,
  isObject,
  JsonTextError,
  membersOf,
  type Span,
  textOf,
} from './json-span.ts'
import type { StateText } from './stored-state.ts'

/** Where a client finds the service that its secrets belong to: the canonical URL and the stack's present names. */
export interface SecretsPlace {
  readonly url: string
  readonly owner: string
  readonly project: string
  readonly stack: string
}

/** The first state of every stack: what the CLI takes for "nothing yet". */
export const NO_STATE: StateText = {
  schemaVersion: 3,
  features: [],
  deployment: Buffer.from('{"manifest":{"time":"0001-01-01T00:00:00Z","magic":"","version":""}}'),
  resourceCount: 0,
}

/** Reads a body that is an `UntypedDeployment`, also with more members beside (a checkpoint has some). */
export function readUntypedDeployment(body: Buffer): StateText | Refusal {
  return readDeploymentAt(body, { start: 0, end: body.length })
}

/** The same as a member of a body. Undefined when the member is absent or null. */
export function readMember(body: Buffer, key: string): StateText | Refusal | undefined {
  return refusingBadText(() => {
    const span = membersOf(body).get(key)
    return span && textOf(body, { ...span, end: span.start + 4 }) !== 'null'
      ? readDeploymentAt(body, span)
      : undefined
  })
}

function readDeploymentAt(body: Buffer, within: Span): StateText | Refusal {
  return refusingBadText(() => {
    const members = membersOf(body, within)
    const version = members.get('version')
    const schemaVersion = version ? Number(textOf(body, version)) : Number.NaN
    if (!Number.isInteger(schemaVersion) || schemaVersion < 1 || schemaVersion > 1_000) {
      return malformed('its "version" must be the number of a deployment schema')
    }
    const span = members.get('deployment')
    if (!span || !isObject(body, span)) return malformed('it needs an object "deployment"')
    const features = featuresOf(body, members.get('features'))
    if (!features) return malformed('its "features" must be a list of words')
    const deployment = body.subarray(span.start, span.end)
    return { schemaVersion, features, deployment, resourceCount: resourcesIn(deployment) }
  })
}

/** `{"version":3,"deployment":{…}}`, with the service's secrets provider pointing to where the stack is now. */
export function exportText({ schemaVersion, features, deployment }: StateText, place: SecretsPlace): Buffer {
  const named = features.length > 0 ? `,"features":${JSON.stringify(features)}` : ''
  return Buffer.concat([
    Buffer.from(`{"version":${schemaVersion}${named},"deployment":`),
    withSecretsPlace(deployment, place),
    Buffer.from('}'),
  ])
}

/**
 * The CLI looks up credentials for exactly the URL in the state and calls it with the names in the state, so a state
 * that was written through another address, or before a rename, would not open.
 */
function withSecretsPlace(deployment: Buffer, place: SecretsPlace): Buffer {
  const provider = objectIn(deployment, membersOf(deployment).get('secrets_providers'))
  const type = provider?.get('type')
  if (!provider || !type || JSON.parse(textOf(deployment, type)) !== 'service') return deployment
  const state = objectIn(deployment, provider.get('state'))
  if (!state) return deployment
  const edits = Object.entries(place).flatMap(([key, value]) => {
    const span = state.get(key)
    return span ? [{ ...span, text: JSON.stringify(value) }] : []
  })
  return edited(deployment, edits)
}

/** The outputs of the stack itself, as they stand in its root resource. */
export function rootOutputs(deployment: Buffer): string {
  const resources = membersOf(deployment).get('resources')
  if (!resources || !isArray(deployment, resources)) return '{}'
  for (const span of elementsOf(deployment, resources)) {
    const resource = objectIn(deployment, span)
    const type = resource?.get('type')
    if (!type || textOf(deployment, type) !== '"pulumi:pulumi:Stack"') continue
    const outputs = resource?.get('outputs')
    return outputs && isObject(deployment, outputs) ? textOf(deployment, outputs) : '{}'
  }
  return '{}'
}

function objectIn(bytes: Buffer, span: Span | undefined): Map<string, Span> | undefined {
  return span && isObject(bytes, span) ? membersOf(bytes, span) : undefined
}

function resourcesIn(deployment: Buffer): number {
  const span = membersOf(deployment).get('resources')
  return !span || textOf(deployment, { ...span, end: Math.min(span.end, span.start + 4) }) === 'null'
    ? 0
    : elementsOf(deployment, span).length
}

function featuresOf(body: Buffer, span: Span | undefined): string[] | undefined {
  const given: unknown = span ? JSON.parse(textOf(body, span)) : null
  if (given === null) return []
  return Array.isArray(given) && given.every((one) => typeof one === 'string') ? given : undefined
}

function refusingBadText<T>(read: () => T | Refusal): T | Refusal {
  try {
    return read()
  } catch (error) {
    if (error instanceof JsonTextError)
      return { status: 400, reason: 'malformed_body', message: error.message }
    throw error
  }
}

function malformed(what: string): Refusal {
  return { status: 400, reason: 'malformed_state', message: `The body is not a state: ${what}.` }
}
