/**
 * Whether the CLI would take a state: the rules that it checks before an operation, each with its sentence.
 *
 * A state that fails them and that repair.ts cannot mend is kept all the same, and it says what is wrong with it in
 * `metadata.integrity_error`, as a state does that the CLI wrote.
 */
import type { Resource, ResourceFields } from './resource.ts'

/** The first broken rule, or undefined. */
export function integrityProblem(resources: readonly Resource[]): string | undefined {
  const earlier = new Set<string>()
  const providers = new Set<string>()
  for (const { fields, marks } of resources) {
    const { urn, provider } = fields
    if (marks.type === '') return `resource '${urn}' missing required 'type' field`
    if (!marks.custom && marks.id !== '') return `resource '${urn}' has an ID but is not custom`
    if (marks.type.startsWith(PROVIDER_TYPE)) providers.add(`${urn}::${marks.id}`)
    if (provider !== '' && !providers.has(provider) && !fields.pendingReplacement) {
      return `resource ${urn} refers to unknown provider ${provider}`
    }
    const missing = referencesOf(fields).find((reference) => !earlier.has(reference))
    if (missing !== undefined)
      return `resource ${urn} refers to ${missing}, which is missing or comes after it`
    earlier.add(urn)
  }
  return duplicate(resources)
}

const PROVIDER_TYPE = 'pulumi:providers:'

/** Of all kinds but its provider. */
export function referencesOf(fields: ResourceFields): string[] {
  const { parent, deletedWith, dependencies, replaceWith, propertyDependencies } = fields
  const ofProperties = [...propertyDependencies.values()].flat()
  return [parent, deletedWith, ...dependencies, ...replaceWith, ...ofProperties].filter((urn) => urn !== '')
}

/** Of resources with one URN, all but one must wait for their deletion. */
function duplicate(resources: readonly Resource[]): string | undefined {
  const living = new Set<string>()
  for (const { fields } of resources) {
    if (fields.delete) continue
    if (living.has(fields.urn)) return `duplicate resource ${fields.urn} (not marked for deletion)`
    living.add(fields.urn)
  }
  return undefined
}
