// Whether the documentation leads somewhere: its links, the pages that the source speaks of, and its command lines.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { readSources, type Violation } from './boundaries/source.ts'
import { commandViolations } from './docs/command-lines.ts'
import { linkViolations, mentionViolations } from './docs/links.ts'
import { type Page, readPage } from './docs/page.ts'

export interface DocsReport {
  readonly violations: readonly Violation[]
  /** For example "24 pages, 180 links, 210 shell blocks". */
  readonly sizes: string
}

/** @param root the checkout */
export function checkDocs(root: string): DocsReport {
  const pages = pagePaths(root).map((path) => readPage(path, readFileSync(`${root}/${path}`, 'utf8')))
  const { scripts } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8')) as { scripts: object }
  return {
    violations: [
      ...linkViolations(pages, (path) => existsSync(`${root}/${path}`)),
      ...mentionViolations([...sourcesOf(root), ...textsOf(root, pages)], pages),
      ...commandViolations(pages, Object.keys(scripts)),
    ],
    sizes: describeSizes(pages),
  }
}

function pagePaths(root: string): string[] {
  const isPage = (name: string): boolean => name.endsWith('.md')
  const docs = readdirSync(`${root}/docs`, { recursive: true, encoding: 'utf8' })
  return [
    ...readdirSync(root).filter(isPage),
    ...docs.filter(isPage).map((path) => `docs/${path.replaceAll('\\', '/')}`),
  ].sort()
}

/** Without our own test, which speaks of pages that are not there on purpose. */
function sourcesOf(root: string): { path: string; text: string }[] {
  return readSources(root).filter(({ path }) => path !== 'tools/docs-check.test.ts')
}

function textsOf(root: string, pages: readonly Page[]): { path: string; text: string }[] {
  return pages.map(({ path }) => ({ path, text: readFileSync(`${root}/${path}`, 'utf8') }))
}

function describeSizes(pages: readonly Page[]): string {
  const sum = (count: (page: Page) => number): number => pages.reduce((total, page) => total + count(page), 0)
  const links = sum((page) => page.links.length)
  return `${pages.length} pages, ${links} links, ${sum((page) => page.shellBlocks.length)} shell blocks`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { violations, sizes } = checkDocs(process.cwd())
  for (const violation of violations) console.log(violation)
  console.log(sizes)
  process.exitCode = violations.length === 0 ? 0 : 1
}
