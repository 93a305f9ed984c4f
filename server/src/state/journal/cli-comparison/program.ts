/** YAML programs of the provider's things. */
import type { Json } from './protobuf.ts'

export interface Thing {
  readonly value?: Json
  /** A change of it replaces the thing. */
  readonly fixed?: string
  /** Deletes the thing before it is replaced. */
  readonly first?: boolean
  readonly wary?: boolean
  readonly options?: Readonly<Record<string, Json>>
}

/** Each thing depends on the one before it: the YAML host registers what is independent in any order. */
export function things(
  program: Readonly<Record<string, Thing>>,
  outputs: Readonly<Record<string, Json>> = {},
): string {
  const names = Object.keys(program)
  const resources = Object.entries(program).map(([name, { options, ...properties }], at) => {
    const before = at === 0 ? [] : [`\${${names[at - 1]}}`]
    const dependsOn = [...before, ...((options?.['dependsOn'] ?? []) as Json[])]
    return [name, { type: 'daytest:Thing', properties, options: { ...options, dependsOn } }]
  })
  return yaml({ resources: Object.fromEntries(resources), outputs })
}

/** JSON is YAML. */
function yaml(program: Readonly<Record<string, Json>>): string {
  return Object.entries(program)
    .map(([key, part]) => `${key}: ${JSON.stringify(part)}\n`)
    .join('')
}

export const CHAIN = { a: { value: 1 }, b: { value: '${a.made}' }, c: { value: '${b.made}' } }
export const FAMILY = {
  parent: { value: 1 },
  child: { value: 2, options: { parent: '${parent}' } },
  grandchild: { value: '${child.made}', options: { parent: '${child}' } },
  friend: { value: 3 },
}
