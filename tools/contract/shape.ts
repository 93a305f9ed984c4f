// Renders the fields of a JSON schema as rows of a table, for people.

export interface Schema {
  readonly $ref?: string
  readonly type?: string
  readonly title?: string
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
}

export const FIELD_TABLE_HEAD = ['Field', 'Type', '', ''] as const

/**
 * With those of the objects inside that have no name of their own.
 *
 * @param page where named models stand; empty for the same page.
 */
export function fieldRows(schema: Schema, page = ''): string[] {
  return fieldsOf(schema, page, '').map(({ path, type, isRequired, about }) =>
    row(`\`${path}\``, type, isRequired ? 'always' : '', about),
  )
}

interface Field {
  readonly path: string
  readonly type: string
  readonly isRequired: boolean
  readonly about: string
}

function fieldsOf({ properties = {}, required = [] }: Schema, page: string, prefix: string): Field[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`
    const field = {
      path,
      type: typeOf(schema, page),
      isRequired: required.includes(name),
      about: schema.description ?? '',
    }
    const inside = objectIn(schema)
    return [field, ...(inside ? fieldsOf(inside.schema, page, `${path}${inside.suffix}.`) : [])]
  })
}

function objectIn(schema: Schema): { readonly schema: Schema; readonly suffix: string } | undefined {
  if (schema.properties !== undefined) return { schema, suffix: '' }
  if (schema.items?.properties !== undefined) return { schema: schema.items, suffix: '[]' }
  const branches = (schema.anyOf ?? []).filter(({ properties }) => properties !== undefined)
  return branches.length === 1 && branches[0] !== undefined ? { schema: branches[0], suffix: '' } : undefined
}

export function typeOf(schema: Schema, page = ''): string {
  const name = schema.$ref?.split('/').at(-1)
  if (name !== undefined) return `[${name}](${page}#${name.toLowerCase()})`
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (schema.anyOf !== undefined)
    return [...new Set(schema.anyOf.map((one) => typeOf(one, page)))].join(' or ')
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {}, page)}`
  if (schema.patternProperties !== undefined) {
    return `map to ${Object.values(schema.patternProperties)
      .map((one) => typeOf(one, page))
      .join(' or ')}`
  }
  const { minimum, maximum } = schema
  const range = minimum !== undefined && maximum !== undefined ? ` ${minimum} to ${maximum}` : ''
  return `${schema.type ?? 'anything'}${range}`
}

export function table(head: readonly string[], rows: readonly string[]): string {
  return [row(...head), `|${head.map(() => '---|').join('')}`, ...rows].join('\n')
}

export function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`
}
