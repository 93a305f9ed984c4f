/**
 * Which runtime a Pulumi.yaml names. The file is a stranger's and is read outside the sandbox: its size is bounded,
 * nothing in it is resolved or converted, and reading it takes time in proportion to its length.
 */

/** What of the project file is read; the line that counts stands at its beginning. */
export const LONGEST_PROJECT_BYTES = 65_536

/** `runtime: name` on a line of its own, as nearly every project has it. */
const SIMPLE_RUNTIME = /^runtime:[ \t]+(["']?)([a-z][\w-]*)\1[ \t]*(?:#.*)?$/gm

/** @returns undefined when the file is not YAML (of which JSON is a part), or names no runtime. */
export async function projectRuntime(file: string): Promise<string | undefined> {
  const content = file.slice(0, LONGEST_PROJECT_BYTES).replaceAll('\r\n', '\n')
  const simple = [...content.matchAll(SIMPLE_RUNTIME)]
  if (simple.length === 1) return simple[0]?.[2]
  // Loaded when it is needed: a runner need not keep it in memory for the simple case.
  const { isMap, parseDocument } = await import('yaml')
  try {
    // Looking for a key's twin compares each key with each; aliases stay what they are, for nothing is converted.
    const project = parseDocument(content, { uniqueKeys: false, schema: 'failsafe', prettyErrors: false })
    if (project.errors.length > 0 || !isMap(project.contents)) return undefined
    const runtime = project.get('runtime')
    const name = isMap(runtime) ? runtime.get('name') : runtime
    return typeof name === 'string' ? name : undefined
  } catch {
    // Nested deeper than the parser's stack.
    return undefined
  }
}
