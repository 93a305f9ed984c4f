/**
 * Path filters and tag filters, which are the same: globs against the whole name; those that begin with `!` exclude.
 *
 * A name passes if an include stands for it, or there is none, and no exclude stands for it. An exclude always wins, so
 * that their order says nothing. (Pulumi, "Path filtering" and "Tag filtering" of Deployments.)
 */
import { type Budget, type Glob, type GlobProblem, matchesGlob, type Path, readGlob } from './glob.ts'

export interface Filters {
  readonly includes: readonly Glob[]
  readonly excludes: readonly Glob[]
}

/** The end of a sentence about the one filter that cannot be read. */
export interface FilterProblem extends GlobProblem {
  readonly filter: string
}

/** What is wrong with a filter, as the end of a sentence; undefined when it can be saved. */
export function filterProblem(filter: string): string | undefined {
  const glob = readGlob(withoutMark(filter))
  return 'problem' in glob ? glob.problem : undefined
}

export function readFilters(filters: readonly string[]): Filters | FilterProblem {
  const includes: Glob[] = []
  const excludes: Glob[] = []
  for (const filter of filters) {
    const glob = readGlob(withoutMark(filter))
    if ('problem' in glob) return { filter, problem: glob.problem }
    if (filter.startsWith('!')) excludes.push(glob)
    else includes.push(glob)
  }
  return { includes, excludes }
}

function withoutMark(filter: string): string {
  return filter.startsWith('!') ? filter.slice(1) : filter
}

export function passesFilters({ includes, excludes }: Filters, name: Path, budget: Budget): boolean {
  const isFor = (glob: Glob) => matchesGlob(glob, name, budget)
  return (includes.length === 0 || includes.some(isFor)) && !excludes.some(isFor)
}
