/** What the scripts have told, read as a stranger's text. Pure. */
import {
  type GitPollReport,
  LONGEST_POLLED_PATH,
  MOST_POLLED_FILES,
  MOST_POLLED_REFS,
} from '@daypass/contract/git-polls.ts'
import { MOST_FILES_BYTES } from './scripts.ts'

export type SeenRefs = Pick<Extract<GitPollReport['result'], { kind: 'seen' }>, 'refs' | 'all'>
export type SeenMove = Extract<GitPollReport['result'], { kind: 'seen' }>['moves'][number]

/** Of a step's facts somewhat more is read: shorter ones were not cut. */
const READ_WHOLE_CHARACTERS = 900_000

/** What the server's grammar lets through; other names are none that a stack could be deployed from. */
const LINE = /^([0-9a-f]{40}|[0-9a-f]{64})\t(refs\/(?:heads|tags)\/[^\p{Cc}\s~^:?*[\\]{1,255})(\^\{\})?\t?$/u

/** Undefined: it is not what the script writes. */
export function readRefList(facts: string): SeenRefs | undefined {
  const end = facts.indexOf('\n')
  const count = /^refs (\d+)$/.exec(facts.slice(0, Math.max(end, 0)))?.[1]
  if (count === undefined) return undefined
  const lines = facts.slice(end + 1).split('\n')
  // The last one has an end unless it was cut.
  lines.pop()
  const commits = new Map<string, string>()
  for (const line of lines) {
    const [, commit, ref, peeled] = LINE.exec(line) ?? []
    if (commit === undefined || ref === undefined || /^0+$/.test(commit)) continue
    // An annotated tag comes twice, the second time with the commit that it stands for.
    if (peeled !== undefined ? commits.has(ref) : !commits.has(ref)) commits.set(ref, commit)
  }
  const refs = [...commits].map(([ref, commit]) => ({ ref, commit }))
  const all = Number(count) <= MOST_POLLED_REFS && facts.length < READ_WHOLE_CHARACTERS
  return { refs: refs.slice(0, MOST_POLLED_REFS), all }
}

/** Undefined: it is not what the script writes. */
export function readRange(facts: string, branch: string, commit: string): SeenMove | undefined {
  const end = facts.indexOf('\n')
  const how = facts.slice(0, Math.max(end, 0))
  const messageEnd = facts.indexOf('\0', end)
  if (!/^(?:ancestor|forced|unknown)$/.test(how) || messageEnd < 0) return undefined
  const message = facts.slice(end + 1, messageEnd).trimEnd()
  const list = facts.slice(messageEnd + 1)
  return {
    branch,
    commit,
    forced: how === 'forced',
    message,
    files: how === 'ancestor' ? filesOf(list) : null,
  }
}

/** Null: the list was cut, or has a name that is not told as it is. */
function filesOf(list: string): string[] | null {
  if (list === '') return []
  if (byteLength(list) >= MOST_FILES_BYTES || !list.endsWith('\0')) return null
  const files = list.slice(0, -1).split('\0')
  const isWhole = files.every(
    (file) => file !== '' && file.length <= LONGEST_POLLED_PATH && !file.includes('\uFFFD'),
  )
  return isWhole && files.length <= MOST_POLLED_FILES ? files : null
}

function byteLength(text: string): number {
  return Buffer.byteLength(text, 'utf8')
}
