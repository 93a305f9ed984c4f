/**
 * A state with what differs from run to run replaced by what it means.
 *
 * A time becomes the step in which it was first seen, an id that the engine drew becomes its number: so a time that was
 * changed or kept wrongly is still found.
 */
import { canonicalJson } from '../canonical-json.ts'
import type { BaseState } from '../replay.ts'

export interface Memory {
  readonly known: Map<string, string>
}

const DRAWN_ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const TIME = /"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)"/g
const MANIFEST_TIME = /"time":"[^"]*"/
/** The SDK collects dependencies in any order. */
const URNS = /\[("urn:[^\]]*)\]/g
/** Who wrote a state that breaks the rules; what it says of the rule stays. */
const WRITER = /(?<="integrity_error":\{)"command":"[^"]*",(?:"env_vars":\{[^}]*\},)?/
const SERVICE_URL = /http:\/\/127\.0\.0\.1:\d+/g

/**
 * Lines, so that a difference can be read.
 *
 * @param step Its name, and whether lists of a property's dependencies that are empty count as none.
 */
export function comparable(
  state: BaseState | undefined,
  { name: step, forgetsEmptyLists = false }: { readonly name: string; readonly forgetsEmptyLists?: boolean },
  { known }: Memory,
): string[] {
  if (state === undefined) return ['no state']
  let ids = 0
  const whole = canonicalJson(state.deployment)
  const text = (forgetsEmptyLists ? whole.replace(PROPERTY_DEPENDENCIES, withoutEmpty) : whole)
    .replace(MANIFEST_TIME, '"time":"now"')
    .replace(SERVICE_URL, 'service')
    .replace(WRITER, '"command":"somebody",')
    .replace(URNS, (_, urns: string) => `[${urns.split(',').sort().join(',')}]`)
    .replace(TIME, (time) => named(known, time, `"in ${step}"`))
    .replace(DRAWN_ID, (id) => named(known, id, `drawn in ${step}, ${++ids}`))
  return [
    `version ${state.schemaVersion} features ${state.features.join(' ')}`,
    ...text.replaceAll(/(?<=[}\]"]),(?=["{])/g, ',\n').split('\n'),
  ]
}

/** Never the last member of a resource: its type and URN come behind. */
const PROPERTY_DEPENDENCIES = /"propertyDependencies":(\{[^{}]*\}),/g

function withoutEmpty(_: string, lists: string): string {
  const kept = Object.entries(JSON.parse(lists) as Record<string, string[]>).filter(
    ([, urns]) => urns.length > 0,
  )
  return kept.length === 0 ? '' : `"propertyDependencies":${JSON.stringify(Object.fromEntries(kept))},`
}

function named(known: Map<string, string>, value: string, name: string): string {
  const before = known.get(value)
  if (before === undefined) known.set(value, name)
  return before ?? name
}
