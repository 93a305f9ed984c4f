/**
 * How far a document reaches, found by asking the engine about deployments that nobody meant: strangers, names that
 * begin or end like the named one, names in other capitals, and operations that only read.
 *
 * So a wildcard is judged by what it does and not by how it looks, in the language of every cloud alike.
 */
import { quoted } from '../quote.ts'
import {
  accessOf,
  isOrganizationName,
  isProjectName,
  isStackName,
  OPERATIONS,
  type Operation,
  type SubjectIdentity,
} from '../subject.ts'
import type { TrustFinding } from './finding.ts'
import type { NamedDeployment } from './named-deployment.ts'

/** Whether the engine lets in this deployment with a token for this audience. */
export type Admits = (identity: SubjectIdentity, audience: string) => boolean

type Part = 'organization' | 'project' | 'stack'
const PARTS = ['organization', 'project', 'stack'] as const
/** Short, such that it does not fail for its length where the named one does not. */
const STRANGER = 'zz9'
/** A stack of another name is another stack, and has another id. */
const STRANGER_UUID = 'ffffffff-ffff-4fff-bfff-ffffffffffff'

/**
 * @param audience With which the named deployment is let in.
 * @param meant All that the document names: whoever else of them is let in was meant.
 */
export function reachOf(
  admits: Admits,
  named: NamedDeployment,
  audience: string,
  where: string,
  meant: readonly NamedDeployment[],
): readonly TrustFinding[] {
  const operations = OPERATIONS.filter((operation) => admits({ ...named, operation }, audience))
  const [operation] = operations
  if (operation === undefined) return []
  const lets = (part: Part, name: string, withAudience = audience) =>
    admits({ ...named, operation, [part]: name, stackUuid: STRANGER_UUID }, withAudience)
  const open = PARTS.filter((part) => lets(part, STRANGER))
  const others = PARTS.filter((part) => !open.includes(part))
  return [
    ...openParts(open, lets, where),
    ...others.flatMap((part) =>
      alike(
        part,
        named[part],
        (_, name, withAudience) => !meant.some((one) => one[part] === name) && lets(part, name, withAudience),
        where,
      ),
    ),
    ...readersAmongWriters(operations, named, where),
  ]
}

function openParts(
  open: readonly Part[],
  lets: (part: Part, name: string, audience?: string) => boolean,
  where: string,
): readonly TrustFinding[] {
  const [widest] = open
  if (widest === undefined) return []
  const isGuarded = widest === 'organization' && !lets('organization', STRANGER, STRANGER)
  const only = isGuarded ? ' Only the audience keeps other organizations out.' : ''
  return [
    {
      severity: widest === 'organization' && !isGuarded ? 'error' : 'warning',
      code: `any_${widest}`,
      sentence: `${where} lets in ${open.map((part) => `every ${part}`).join(' and ')}.${only}`,
      mend: 'Name in full whom it should let in; daypass trust generate writes it.',
    },
  ]
}

/** A wildcard that does not end at a colon reaches into the name. */
function alike(
  part: Part,
  name: string,
  lets: (part: Part, name: string, audience?: string) => boolean,
  where: string,
): readonly TrustFinding[] {
  const found = WAYS.flatMap(({ way, change, mend }) => {
    const other = change(name)
    if (other === name || !IS_NAME[part](other) || !lets(part, other)) return []
    const severity = part === 'organization' && lets(part, other, other) ? 'error' : 'warning'
    const sentence = `${where} means the ${part} ${quoted(name)}, and lets in ${quoted(other)} too.`
    return [{ severity, code: `${part}_${way}`, sentence, mend } as const]
  })
  return found.slice(0, 1)
}

/** Nobody can have a name outside the grammar, so it is no question. */
const IS_NAME = { organization: isOrganizationName, project: isProjectName, stack: isStackName }

const WHOLE = 'End the name with ":" before the wildcard, or write the whole subject.'

const WAYS: readonly {
  readonly way: string
  readonly change: (name: string) => string
  readonly mend: string
}[] = [
  { way: 'begins_alike', change: (name) => `${name}-2`, mend: WHOLE },
  { way: 'begins_alike', change: (name) => `${name}2`, mend: WHOLE },
  { way: 'begins_alike', change: (name) => `${name}-zz9`, mend: WHOLE },
  { way: 'ends_alike', change: (name) => `x-${name}`, mend: 'Write the name in full, or begin it with ":".' },
  { way: 'ends_alike', change: (name) => `x${name}`, mend: 'Write the name in full, or begin it with ":".' },
  {
    way: 'ignores_case',
    change: (name) => name.toUpperCase(),
    mend: 'Compare with case: names differ by it.',
  },
  { way: 'one_letter', change: otherLastLetter, mend: 'Write the name in full: ? is any letter.' },
]

function otherLastLetter(name: string): string {
  return name.replace(/.$/, (last) => (last === 'z' ? 'y' : 'z'))
}

/** What may write, a preview of a pull request then may too. */
function readersAmongWriters(
  operations: readonly Operation[],
  { organization, project, stack }: NamedDeployment,
  where: string,
): readonly TrustFinding[] {
  const readers = operations.filter((operation) => accessOf(operation) === 'read')
  const writers = operations.filter((operation) => accessOf(operation) === 'write')
  if (readers.length === 0 || writers.length === 0) return []
  return [
    {
      severity: 'notice',
      code: 'preview_may_write',
      sentence: `${where} lets in ${readers.join(' and ')} of ${organization}/${project}/${stack} beside ${writers.join(', ')}: what may change things, a preview may too.`,
      mend: `Give ${readers.join(' and ')} a role of their own that can only read.`,
    },
  ]
}
