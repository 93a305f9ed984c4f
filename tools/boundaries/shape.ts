// Rule 5: no drawers for leftovers, no barrels, and files that fit in a head.
import type { SourceFile, Violation } from './source.ts'

const MOST_LINES = 400
const DRAWERS = /(?:^|\/)(?:utils?|common|helpers?|shared|misc|lib)(?=\/|\.[a-z]+$|\.test\.[a-z]+$)/

export function shapeViolations(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => [
    ...(file.lines > MOST_LINES ? [`${file.path} has ${file.lines} lines; ${MOST_LINES} is the most`] : []),
    ...(DRAWERS.test(file.path)
      ? [`${file.path} is a drawer for leftovers; name it after what it holds`]
      : []),
    ...(isBarrel(file) ? [`${file.path} is a barrel; import from the files themselves`] : []),
  ])
}

/** An `index` file, or one that does nothing but pass on what others export. */
function isBarrel({ path, code }: SourceFile): boolean {
  if (/(?:^|\/)index\.[a-z]+$/.test(path)) return true
  const passedOn = /^\s*export\s+(?:type\s+)?(?:\*|\{)[^;'"]*from\s*['"][^'"]+['"];?/gm
  return passedOn.test(code) && code.replace(passedOn, '').trim() === ''
}

/** "median 88 lines, longest 312 (server/src/app.ts)" */
export function describeSizes(files: readonly SourceFile[]): string {
  const bySize = [...files].sort((a, b) => a.lines - b.lines)
  const median = bySize[Math.floor((bySize.length - 1) / 2)]
  const longest = bySize.at(-1)
  if (median === undefined || longest === undefined) return 'no files'
  return `${files.length} files, median ${median.lines} lines, longest ${longest.lines} (${longest.path})`
}
