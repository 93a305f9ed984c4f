/**
 * Path filters against the changed files of an event: a stack is concerned if one file passes.
 */
import type { ChangedFiles } from '../git-events/git-event.ts'
import type { Filters } from '../globs/filters.ts'
import { type Budget, type Glob, matchesGlob, type Path, pathOf } from '../globs/glob.ts'

/**
 * What a list of files says to filters: `may-match` where the list, or the time to look through it, does not suffice, so
 * that a stack is deployed once too often rather than once too seldom.
 */
export type FilesVerdict = 'match' | 'no-match' | 'may-match'

/** The files of one event, made ready for all its stacks. */
export interface FileList {
  readonly paths: readonly Path[]
  /** Files may be missing: nobody listed them, or the list was cut off. */
  readonly incomplete: boolean
  /** By glob, which of the files it stands for: stacks of one repository have many globs in common. */
  readonly known: Map<string, Uint8Array>
}

/** GitHub lists no more files of a comparison, and does not say when there were more. */
export const FILES_LISTED_AT_MOST = 300
/** Longer lists are not looked through to their end, so that nobody holds up others with one. */
const FILES_READ_AT_MOST = 10_000

/** @param listedAtMost Where the host cuts off its lists; Infinity for a host that does not. */
export function fileList(files: ChangedFiles, listedAtMost: number): FileList {
  if (files === 'unknown') return { paths: [], incomplete: true, known: new Map() }
  const incomplete = files.length >= listedAtMost || files.length > FILES_READ_AT_MOST
  return { paths: files.slice(0, FILES_READ_AT_MOST).map(pathOf), incomplete, known: new Map() }
}

export function judgeFiles(filters: Filters, files: FileList, budget: Budget): FilesVerdict {
  if (filters.includes.length + filters.excludes.length === 0) return 'match'
  const passes = anyPasses(filters, files, budget)
  // What was looked at after the budget's end was not looked at.
  if (budget.steps < 0) return 'may-match'
  if (passes) return 'match'
  return files.incomplete ? 'may-match' : 'no-match'
}

/** The rule of `passesFilters`, for all files at once. */
function anyPasses({ includes, excludes }: Filters, files: FileList, budget: Budget): boolean {
  const included = includes.map((glob) => standsFor(glob, files, budget))
  if (included.length > 0 && !included.some((marks) => marks.includes(1))) return false
  const excluded = excludes.map((glob) => standsFor(glob, files, budget))
  const isOneOf = (list: readonly Uint8Array[], at: number) => list.some((marks) => marks[at] === 1)
  return files.paths.some(
    (_, at) => (included.length === 0 || isOneOf(included, at)) && !isOneOf(excluded, at),
  )
}

/** A 1 for each file that the glob stands for. */
function standsFor(glob: Glob, { paths, known }: FileList, budget: Budget): Uint8Array {
  const before = known.get(glob.text)
  if (before !== undefined) return before
  const marks = new Uint8Array(paths.length)
  for (const [at, path] of paths.entries()) {
    if (matchesGlob(glob, path, budget)) marks[at] = 1
  }
  known.set(glob.text, marks)
  return marks
}
