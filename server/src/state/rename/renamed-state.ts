/**
 * A state's text after its stack got another name: edited where URNs stand, byte for byte the same elsewhere.
 *
 * URNs stand in fixed members of resources (also of those of pending operations), in the references of snippets, and in
 * property values, where an object says by a signature that it refers to a resource. Text that merely looks like a URN
 * is the program's own and stays.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/pkg/resource/edit/operations.go RenameStack
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/core.go ResourceV3
 */
import { type Edit, editedPieces, elementsOf, isArray, isObject, membersOf, type Span } from '../json-span.ts'
import { referenceEdits } from './reference-edits.ts'
import { type RenameUrn, type StackIdentity, urnRenaming } from './urn.ts'
import { urnEdit } from './urn-edit.ts'

const URN_MEMBERS = ['urn', 'parent', 'provider', 'deletedWith', 'viewOf'] as const
const URN_LISTS = ['dependencies', 'replaceWith', 'aliases'] as const
const VALUES = ['inputs', 'outputs', 'replacementTrigger'] as const

/**
 * In pieces, which share the memory of what they were made of.
 *
 * @throws {JsonTextError} for a state whose resources say a thing twice.
 */
export function renamedState(deployment: Buffer, from: StackIdentity, to: StackIdentity): Buffer[] {
  const rename = urnRenaming(from, to)
  const members = membersOf(deployment)
  const resources = [
    ...elementsAt(deployment, members.get('resources')),
    ...elementsAt(deployment, members.get('pending_operations')).flatMap((operation) =>
      memberAt(deployment, operation, 'resource'),
    ),
  ]
  const snippets = elementsAt(deployment, members.get('snippets')).flatMap((snippet) =>
    memberAt(deployment, snippet, 'references'),
  )
  return editedPieces(deployment, [
    ...resources.flatMap((resource) => resourceEdits(deployment, resource, rename)),
    ...snippets.flatMap((references) =>
      [...membersIn(deployment, references).values()].flatMap((span) => urnEdit(deployment, span, rename)),
    ),
  ])
}

function resourceEdits(bytes: Buffer, resource: Span, rename: RenameUrn): Edit[] {
  const members = membersIn(bytes, resource)
  const spans = (keys: readonly string[]): Span[] => keys.flatMap((key) => members.get(key) ?? [])
  const lists = [
    ...spans(URN_LISTS),
    ...spans(['propertyDependencies']).flatMap((span) => [...membersIn(bytes, span).values()]),
  ]
  const urns = [...spans(URN_MEMBERS), ...lists.flatMap((list) => elementsAt(bytes, list))]
  return [
    ...urns.flatMap((span) => urnEdit(bytes, span, rename)),
    ...spans(VALUES).flatMap((value) => referenceEdits(bytes, value, rename)),
  ]
}

function memberAt(bytes: Buffer, object: Span, key: string): Span[] {
  const span = membersIn(bytes, object).get(key)
  return span ? [span] : []
}

/** None of what is not an object: `null` above all. */
function membersIn(bytes: Buffer, span: Span): Map<string, Span> {
  return isObject(bytes, span) ? membersOf(bytes, span) : new Map()
}

function elementsAt(bytes: Buffer, span: Span | undefined): Span[] {
  return span && isArray(bytes, span) ? elementsOf(bytes, span) : []
}
