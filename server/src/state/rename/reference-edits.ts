/**
 * References to resources inside property values. Pulumi marks an object that is more than an object by a member with a
 * fixed key, whose value says what it is.
 *
 * A secret is stored as ciphertext, into which we do not look; one in clear holds JSON as text.
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go
 */
import {
  type Edit,
  edited,
  elementsOf,
  isArray,
  isString,
  type Span,
  textOf,
  visitObjects,
} from '../json-span.ts'
import type { RenameUrn } from './urn.ts'
import { urnEdit } from './urn-edit.ts'

const SIGNATURE = '4dabf18193072939515e22adb298388d'
const REFERENCE = '5cf8f73096256a8f31e491e813e4eb8e'
const SECRET = '1b47061264138c4ac30d75fd1eb44270'
const OUTPUT = 'd0e6a833031e9bbcd3f4e8bde6ca49a4'
const WANTED: ReadonlySet<string> = new Set([SIGNATURE, 'urn', 'plaintext', 'dependencies'])

export function referenceEdits(bytes: Buffer, value: Span, rename: RenameUrn): Edit[] {
  const edits: Edit[] = []
  visitObjects(bytes, value, WANTED, (members) => {
    const kind = members.get(SIGNATURE)
    if (!kind || !isString(bytes, kind)) return
    edits.push(...editsIn(bytes, members, textOf(bytes, kind).slice(1, -1), rename))
  })
  return edits
}

function editsIn(bytes: Buffer, members: ReadonlyMap<string, Span>, kind: string, rename: RenameUrn): Edit[] {
  const urn = members.get('urn')
  const plaintext = members.get('plaintext')
  const dependencies = members.get('dependencies')
  switch (kind) {
    case REFERENCE:
      return urn ? urnEdit(bytes, urn, rename) : []
    case SECRET:
      return plaintext ? plaintextEdit(bytes, plaintext, rename) : []
    case OUTPUT:
      if (!dependencies || !isArray(bytes, dependencies)) return []
      return elementsOf(bytes, dependencies).flatMap((span) => urnEdit(bytes, span, rename))
    default:
      return []
  }
}

function plaintextEdit(bytes: Buffer, span: Span, rename: RenameUrn): Edit[] {
  if (!isString(bytes, span)) return []
  const text: string = JSON.parse(textOf(bytes, span))
  if (!text.includes(SIGNATURE) || !isJson(text)) return []
  const inner = Buffer.from(text)
  const edits = referenceEdits(inner, { start: 0, end: inner.length }, rename)
  return edits.length === 0 ? [] : [{ ...span, text: JSON.stringify(edited(inner, edits).toString('utf8')) }]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return text.isWellFormed()
  } catch {
    return false
  }
}
