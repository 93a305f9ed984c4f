/**
 * Which runtime a Pulumi.yaml names, and with which options. The file is a stranger's and is read outside the sandbox:
 * its size is bounded, nothing in it is resolved or converted, and reading it takes time in proportion to its length.
 */

/** What of the project file is read; the line that counts stands at its beginning. */
export const LONGEST_PROJECT_BYTES = 65_536

export interface Runtime {
  readonly name: string
  /** Those that are plain text, with the names in lower case. */
  readonly options: Readonly<Record<string, string>>
}

/** `runtime: name` on a line of its own, as nearly every project has it. */
const SIMPLE_RUNTIME = /^runtime:[ \t]+(["']?)([a-z][\w-]*)\1[ \t]*(?:#.*)?$/gm

/** @returns undefined when the file is not YAML (of which JSON is a part), or names no runtime. */
export async function projectRuntime(file: string): Promise<Runtime | undefined> {
  const content = file.slice(0, LONGEST_PROJECT_BYTES).replaceAll('\r\n', '\n')
  const simple = [...content.matchAll(SIMPLE_RUNTIME)]
  const [only] = simple
  if (simple.length === 1 && only?.[2]) return { name: only[2], options: {} }
  // Loaded when it is needed: a runner need not keep it in memory for the simple case.
  const { isMap, isScalar, parseDocument } = await import('yaml')
  try {
    // Looking for a key's twin compares each key with each; aliases stay what they are, for nothing is converted.
    const project = parseDocument(content, { uniqueKeys: false, schema: 'failsafe', prettyErrors: false })
    if (project.errors.length > 0 || !isMap(project.contents)) return undefined
    const runtime = project.get('runtime')
    const name = isMap(runtime) ? runtime.get('name') : runtime
    if (typeof name !== 'string') return undefined
    const options = isMap(runtime) ? runtime.get('options') : undefined
    const pairs = isMap(options) ? options.items : []
    return {
      name,
      options: Object.fromEntries(
        pairs.flatMap(({ key, value }) =>
          isScalar(key) && isScalar(value) && typeof value.value === 'string'
            ? [[String(key.value).toLowerCase(), value.value] as const]
            : [],
        ),
      ),
    }
  } catch {
    // Nested deeper than the parser's stack.
    return undefined
  }
}
