// The rules of who may know whom, as a program. It reads imports and names, so that nobody has to remember
// the rules in review; it owns no rule about what the code does.
import { pathToFileURL } from 'node:url'
import { environmentViolations } from './boundaries/environment.ts'
import { describeSizes, shapeViolations } from './boundaries/shape.ts'
import { sliceViolations } from './boundaries/slices.ts'
import { readSources, type Violation } from './boundaries/source.ts'
import { workspaceViolations } from './boundaries/workspaces.ts'

export interface BoundaryReport {
  readonly violations: readonly Violation[]
  /** For example "212 files, median 88 lines, longest 312 (server/src/app.ts)". */
  readonly sizes: string
}

export function checkBoundaries(root: string): BoundaryReport {
  const files = readSources(root)
  const rules = [workspaceViolations, sliceViolations, environmentViolations, shapeViolations]
  return { violations: rules.flatMap((rule) => rule(files)), sizes: describeSizes(files) }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { violations, sizes } = checkBoundaries(process.cwd())
  for (const violation of violations) console.log(violation)
  console.log(sizes)
  process.exitCode = violations.length === 0 ? 0 : 1
}
