// Every relative link of the documentation leads to a file that is there, and to a heading that is in it; so does every
// page that the source speaks of. Links to elsewhere are not followed: a check does not depend on the network.
import { posix } from 'node:path'
import type { SourceFile, Violation } from '../boundaries/source.ts'
import type { Page } from './page.ts'

const ELSEWHERE = /^[a-z][a-z0-9+.-]*:/i
/** Behind a quotation mark stands a path of something else, such as a repository that a test makes. */
const MENTION = /(?<![\w/.'-])docs\/[\w/-]+\.md(?:#[\w-]+)?/g

/** @param exists whether there is a file or folder of that path, from the root. */
export function linkViolations(pages: readonly Page[], exists: (path: string) => boolean): Violation[] {
  const anchors = new Map(pages.map((page) => [page.path, page.anchors]))
  return pages.flatMap((page) =>
    page.links
      .filter(({ value }) => !ELSEWHERE.test(value))
      .flatMap(({ line, value }) => {
        const [file = '', anchor] = decodeURI(value).split('#')
        const path = file === '' ? page.path : posix.join(posix.dirname(page.path), file)
        return problemOf(path, anchor, anchors, exists).map(
          (problem) => `${page.path}:${line} links to ${value}: ${problem}`,
        )
      }),
  )
}

/** Comments, sentences and tests name pages from the root of the repository. */
export function mentionViolations(
  files: readonly Pick<SourceFile, 'path' | 'text'>[],
  pages: readonly Page[],
): Violation[] {
  const anchors = new Map(pages.map((page) => [page.path, page.anchors]))
  return files.flatMap(({ path: file, text }) =>
    text.split('\n').flatMap((words, index) =>
      [...words.matchAll(MENTION)].flatMap(([mention]) => {
        const [path = '', anchor] = mention.split('#')
        return problemOf(path, anchor, anchors, (one) => anchors.has(one)).map(
          (problem) => `${file}:${index + 1} speaks of ${mention}: ${problem}`,
        )
      }),
    ),
  )
}

function problemOf(
  path: string,
  anchor: string | undefined,
  anchors: ReadonlyMap<string, ReadonlySet<string>>,
  exists: (path: string) => boolean,
): string[] {
  if (!exists(path)) return [`there is no ${path}`]
  if (anchor === undefined || anchors.get(path)?.has(anchor)) return []
  return [`${path} has no heading of that name`]
}
