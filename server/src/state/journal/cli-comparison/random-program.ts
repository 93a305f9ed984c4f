/**
 * A program that somebody changes again and again: what it holds, what an edit does to it, and its YAML.
 *
 * A thing names others only if they come before it, and YAML makes each depend on the one before it: so both runs of a
 * comparison do the same things in the same order.
 */
import type { JsonObject } from './protobuf.ts'

/** Few, so that a name comes back for something else. */
export const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'] as const
export type Name = (typeof NAMES)[number]

/** Options that are on or off. */
export const SWITCHES = ['protect', 'retainOnDelete', 'deleteBeforeReplace'] as const
/** Options that name another thing. */
export const TIES = ['parent', 'deletedWith', 'replaceWith'] as const
/** Options that name properties. */
export const PROPERTY_LISTS = ['ignoreChanges', 'replaceOnChanges', 'additionalSecretOutputs'] as const

export interface Member {
  readonly name: Name
  /** A box holds a thing of its own, which its provider makes; only things are made by a program. */
  readonly kind: 'thing' | 'box' | 'stash'
  readonly properties: JsonObject
  /** Takes its value from the one of this name, when that comes before it. */
  readonly valueFrom: Name | undefined
  readonly switches: readonly (typeof SWITCHES)[number][]
  readonly ties: Readonly<Partial<Record<(typeof TIES)[number], Name>>>
  readonly propertyLists: Readonly<Partial<Record<(typeof PROPERTY_LISTS)[number], string>>>
  /** URNs that it had. */
  readonly aliases: readonly string[]
}

export interface Program {
  readonly members: readonly Member[]
  readonly outputs: JsonObject
}

/** `at` picks a member, counted round and round. */
export type Edit =
  | { readonly edit: 'add'; readonly at: number; readonly member: Omit<Member, 'aliases'> }
  | { readonly edit: 'remove'; readonly at: number }
  | { readonly edit: 'set'; readonly at: number; readonly properties: JsonObject }
  | { readonly edit: 'switch'; readonly at: number; readonly option: (typeof SWITCHES)[number] }
  | {
      readonly edit: 'tie'
      readonly at: number
      readonly option: (typeof TIES)[number]
      readonly to: Name | undefined
      readonly isAliased: boolean
    }
  | {
      readonly edit: 'list'
      readonly at: number
      readonly option: (typeof PROPERTY_LISTS)[number]
      readonly property: string
    }
  | { readonly edit: 'rename'; readonly at: number; readonly to: Name; readonly isAliased: boolean }
  | { readonly edit: 'unalias'; readonly at: number }
  | { readonly edit: 'outputs'; readonly outputs: JsonObject }

export const EMPTY: Program = { members: [], outputs: {} }

/** What makes no sense for this program changes nothing. */
export function edited(program: Program, edit: Edit): Program {
  const { members } = program
  if (edit.edit === 'outputs') return { ...program, outputs: edit.outputs }
  const isTaken = (name: Name): boolean => members.some((member) => member.name === name)
  if (edit.edit === 'add') {
    if (isTaken(edit.member.name)) return program
    const place = edit.at % (members.length + 1)
    return { ...program, members: members.toSpliced(place, 0, { ...edit.member, aliases: [] }) }
  }
  const place = edit.at % Math.max(1, members.length)
  const member = members[place]
  if (member === undefined) return program
  const replaced = (changed: Partial<Member>): Program => ({
    ...program,
    members: members.with(place, { ...member, ...changed }),
  })
  const aliases = (isAliased: boolean): readonly string[] =>
    isAliased ? [...new Set([...member.aliases, urnOf(program, member)])] : []
  switch (edit.edit) {
    case 'remove':
      return { ...program, members: members.toSpliced(place, 1) }
    case 'set':
      return replaced({ properties: { ...member.properties, ...edit.properties } })
    case 'switch': {
      const without = member.switches.filter((option) => option !== edit.option)
      return replaced({
        switches: without.length === member.switches.length ? [...without, edit.option] : without,
      })
    }
    case 'tie': {
      const { [edit.option]: _, ...others } = member.ties
      const ties = edit.to === undefined ? others : { ...others, [edit.option]: edit.to }
      return replaced({
        ties,
        aliases: edit.option === 'parent' ? aliases(edit.isAliased) : member.aliases,
      })
    }
    case 'list':
      return replaced({ propertyLists: { ...member.propertyLists, [edit.option]: edit.property } })
    case 'rename':
      return isTaken(edit.to) ? program : replaced({ name: edit.to, aliases: aliases(edit.isAliased) })
    case 'unalias':
      return replaced({ aliases: [] })
  }
}

const TYPES = { thing: 'daytest:index:Thing', box: 'daytest:index:Box', stash: 'pulumi:index:Stash' } as const

export function urnOf(program: Program, member: Member): string {
  return `urn:pulumi:dev::proj::${typesOf(program, member)}::${member.name}`
}

/** The types of its parents, from the outermost, and its own. */
function typesOf(program: Program, member: Member): string {
  const parent = memberBefore(program, member, member.ties.parent)
  return parent ? `${typesOf(program, parent)}$${TYPES[member.kind]}` : TYPES[member.kind]
}

function memberBefore({ members }: Program, member: Member, name: Name | undefined): Member | undefined {
  return members.slice(0, members.indexOf(member)).find((one) => one.name === name)
}

/** JSON is YAML. */
export function yamlOf(program: Program): string {
  const resources = program.members.map((member, at) => [member.name, resourceOf(program, member, at)])
  return `resources: ${JSON.stringify(Object.fromEntries(resources))}\noutputs: ${JSON.stringify(program.outputs)}\n`
}

function resourceOf(program: Program, member: Member, at: number): JsonObject {
  const { kind, properties, switches, ties, propertyLists, aliases } = member
  const before = program.members[at - 1]
  const source = memberBefore(program, member, member.valueFrom)
  const value: JsonObject = source ? { value: `\${${source.name}${kindOutput(source)}}` } : {}
  const known = (name: Name | undefined): string | undefined =>
    memberBefore(program, member, name) && `\${${name}}`
  const [parent, deletedWith, replaceWith] = TIES.map((tie) => known(ties[tie]))
  const options: JsonObject = {
    ...(before && { dependsOn: [`\${${before.name}}`] }),
    ...Object.fromEntries(switches.map((option) => [option, true])),
    ...Object.fromEntries(Object.entries(propertyLists).map(([option, property]) => [option, [property]])),
    ...(parent !== undefined && { parent }),
    ...(deletedWith !== undefined && { deletedWith }),
    ...(replaceWith !== undefined && { replaceWith: [replaceWith] }),
    ...(aliases.length > 0 && { aliases: aliases.map((urn) => ({ urn })) }),
  }
  const inputs: JsonObject =
    kind === 'stash' ? { input: { ...properties, ...value } } : { ...properties, ...value }
  return { type: TYPES[kind].replace(':index:', ':'), properties: inputs, options }
}

function kindOutput({ kind }: Member): string {
  return kind === 'stash' ? '.output' : '.made'
}
