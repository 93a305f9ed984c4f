// Rule 4: what a part depends on is handed to it. The environment is read in a `main.ts` alone.
import { lineAt } from './imports.ts'
import { isTest, type SourceFile, type Violation } from './source.ts'

const READS =
  /\bprocess\s*\??\.\s*env\b|\bprocess\s*(?:\?\.)?\[\s*['"]env['"]|\{[^}]*\benv\b[^}]*\}\s*(?:=\s*process\b|from\s*['"](?:node:)?process['"])/g

/** Programs that start the others, and Vitest's settings. */
const EXEMPT = /^(?:tools|test|bench|demo)\/|^vitest\.config\.ts$/

export function environmentViolations(files: readonly SourceFile[]): Violation[] {
  return files
    .filter(({ path }) => !EXEMPT.test(path) && !isTest(path) && !/(?:^|\/)main\.ts$/.test(path))
    .flatMap(({ path, code }) =>
      [...code.matchAll(READS)].map(
        (match) =>
          `${path}:${lineAt(code, match.index)} reads process.env; read it in main.ts and hand on the value`,
      ),
    )
}
