// Reads the hand-written source files that the boundary rules look at.
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { blankProse, type Import, importsOf } from './imports.ts'

/** The workspaces, and the folders that belong to none. */
export const FOLDERS = [
  'contract',
  'trust',
  'server',
  'runner',
  'console',
  'cli',
  'local-clouds',
  'test',
  'bench',
  'demo',
  'tools',
] as const

export interface SourceFile {
  /** From the root, with `/`. */
  readonly path: string
  readonly text: string
  /** The text without comments and template texts. */
  readonly code: string
  readonly imports: readonly Import[]
  readonly lines: number
}

/** What a rule found, as one sentence that begins with the place. */
export type Violation = string

const SKIPPED = new Set(['node_modules', 'dist', 'coverage', 'fixtures'])
const SOURCE = /\.(?:ts|tsx|mts|mjs|js|jsx)$/

export function readSources(root: string): SourceFile[] {
  const top = readdirSync(root, { withFileTypes: true })
  const rootFiles = top
    .filter((entry) => entry.isFile() && SOURCE.test(entry.name))
    .map((entry) => entry.name)
  const folders = top.filter((entry) => entry.isDirectory() && FOLDERS.some((name) => name === entry.name))
  const paths = [...rootFiles, ...folders.flatMap((folder) => filesBelow(root, folder.name))]
  return paths.sort().map((path) => readSource(path, readFileSync(`${root}/${path}`, 'utf8')))
}

export function readSource(path: string, text: string): SourceFile {
  const lines = text.replace(/\n$/, '').split('\n').length
  return { path, text, code: blankProse(text), imports: importsOf(text), lines }
}

function filesBelow(root: string, folder: string): string[] {
  return readdirSync(`${root}/${folder}`, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : filesBelow(root, path)
    return SOURCE.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : []
  })
}

export function isTest(path: string): boolean {
  return /\.test\.[a-z]+$/.test(path)
}

/**
 * The file of ours that an import names, from the root; undefined for packages and Node's own modules.
 * `@daypass/trust/aws/role.ts` is `trust/src/aws/role.ts`, as the workspaces' `exports` say.
 */
export function targetOf(file: SourceFile, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return posix.join(posix.dirname(file.path), specifier)
  const ours = /^@daypass\/([^/]+)(?:\/(.+))?$/.exec(specifier)
  return ours === null ? undefined : `${ours[1]}/src/${ours[2] ?? ''}`
}
