/**
 * Path filters against the changed files of an event: a stack is concerned if one file passes.
 */
import type { ChangedFiles } from '../git-events/git-event.ts'
import { type Filters, passesFilters } from '../globs/filters.ts'
import { type Budget, type Path, pathOf } from '../globs/glob.ts'

/**
 * What a list of files says to filters: `may-match` where the list, or the time to look through it, does not suffice, so
 * that a stack is deployed once too often rather than once too seldom.
 */
export type FilesVerdict = 'match' | 'no-match' | 'may-match'

/** The files of one event, taken apart once for all stacks. */
export interface FileList {
  readonly paths: readonly Path[]
  /** Files may be missing: nobody listed them, or the list was cut off. */
  readonly incomplete: boolean
}

/** GitHub lists no more files of a comparison, and does not say when there were more. */
export const FILES_LISTED_AT_MOST = 300
/** Longer lists are not looked through to their end, so that nobody holds up others with one. */
const FILES_READ_AT_MOST = 10_000

/** @param listedAtMost Where the host cuts off its lists; Infinity for a host that does not. */
export function fileList(files: ChangedFiles, listedAtMost: number): FileList {
  if (files === 'unknown') return { paths: [], incomplete: true }
  const incomplete = files.length >= listedAtMost || files.length > FILES_READ_AT_MOST
  return { paths: files.slice(0, FILES_READ_AT_MOST).map(pathOf), incomplete }
}

export function judgeFiles(filters: Filters, { paths, incomplete }: FileList, budget: Budget): FilesVerdict {
  if (filters.includes.length + filters.excludes.length === 0) return 'match'
  const passes = paths.some((path) => passesFilters(filters, path, budget))
  // What was looked at after the budget's end was not looked at.
  if (budget.steps < 0) return 'may-match'
  if (passes) return 'match'
  return incomplete ? 'may-match' : 'no-match'
}
