/**
 * What clients send and get as state: Pulumi's `UntypedDeployment`, `{"version", "features"?, "deployment"}`.
 *
 * Only the few members that we must know are ever looked at: those beside the deployment, here.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go UntypedDeployment
 */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { PassingState, StateLabel } from './stored-state.ts'

const NOTHING_YET = Buffer.from('{"manifest":{"time":"0001-01-01T00:00:00Z","magic":"","version":""}}')

/** The first state of every stack: what the CLI takes for "nothing yet". */
export const NO_STATE: PassingState = {
  schemaVersion: 3,
  features: [],
  resourceCount: 0,
  byteCount: NOTHING_YET.length,
  text: [NOTHING_YET],
}

/** What the members `version` and `features` say; a text is undefined where there is none. */
export function labelFrom(
  version: Buffer | undefined,
  features: Buffer | undefined,
): Omit<StateLabel, 'resourceCount'> | Refusal {
  const schemaVersion = version ? Number(version.toString()) : Number.NaN
  if (!Number.isInteger(schemaVersion) || schemaVersion < 1 || schemaVersion > 1_000) {
    return malformedState('its "version" must be the number of a deployment schema')
  }
  const names: unknown = features ? JSON.parse(features.toString()) : null
  if (names === null) return { schemaVersion, features: [] }
  const isWords = Array.isArray(names) && names.every((one) => typeof one === 'string')
  return isWords
    ? { schemaVersion, features: names }
    : malformedState('its "features" must be a list of words')
}

export function malformedState(what: string): Refusal {
  return { status: 400, reason: 'malformed_state', message: `The body is not a state: ${what}.` }
}
