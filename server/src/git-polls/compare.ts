/** What differs between two looks at a remote. Pure. */
import { type CommitId, readBranchRef, readCommitId, readTagRef } from '../git-events/git-event.ts'
import { MOST_EVENTS } from './poll.ts'

export type Refs = ReadonlyMap<string, CommitId>

export interface Look {
  readonly refs: Refs
  /** There are no others. */
  readonly all: boolean
}

export interface RefMove {
  readonly ref: string
  /** Undefined: it is new. */
  readonly before: CommitId | undefined
  /** Undefined: it is gone. */
  readonly after: CommitId | undefined
}

export interface Difference {
  /** What events are made of, those of watched branches first, then tags. */
  readonly events: readonly RefMove[]
  /** What is only kept. */
  readonly quiet: readonly RefMove[]
  /** There is more than one look may make events of: it is not kept, so that the next one finds it. */
  readonly more: boolean
}

/**
 * @param before Undefined: nobody has looked yet, and nothing follows.
 * @param watched Branches that stacks are deployed from.
 */
export function differenceOf(before: Look | undefined, now: Look, watched: ReadonlySet<string>): Difference {
  const appeared = [...now.refs].flatMap(([ref, after]) => {
    const former = before?.refs.get(ref)
    return former === after ? [] : [{ ref, before: former, after }]
  })
  // One that is not told of may be among those that there was no room for.
  const gone = now.all ? [...(before?.refs ?? [])].filter(([ref]) => !now.refs.has(ref)) : []
  const moves: RefMove[] = [
    ...appeared,
    ...gone.map(([ref, former]) => ({ ref, before: former, after: undefined })),
  ]
  if (before === undefined) return { events: [], quiet: moves, more: false }
  // What was not seen before may be old all the same, unless everything was seen.
  const isNews = (move: RefMove) => move.before !== undefined || before.all
  const news = moves.filter(isNews).sort((a, b) => rankOf(a.ref, watched) - rankOf(b.ref, watched))
  return {
    events: news.slice(0, MOST_EVENTS),
    quiet: moves.filter((move) => !isNews(move)),
    more: news.length > MOST_EVENTS,
  }
}

function rankOf(ref: string, watched: ReadonlySet<string>): number {
  const branch = readBranchRef(ref)
  if (branch === undefined) return 1
  return watched.has(branch) ? 0 : 2
}

/** Leaves out names that this server gives to no git: they are no branch of any stack. The first of a name counts. */
export function readRefs(told: readonly { readonly ref: string; readonly commit: string }[]): Refs {
  const refs = new Map<string, CommitId>()
  for (const { ref, commit } of told) {
    const id = readCommitId(commit)
    const isName = ref.isWellFormed() && (readBranchRef(ref) ?? readTagRef(ref)) !== undefined
    if (isName && id !== undefined && !refs.has(ref)) refs.set(ref, id)
  }
  return refs
}
