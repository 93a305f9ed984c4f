/**
 * The runner's own Node.js in a container: the program with the libraries and the loader that it runs with here, so that it
 * runs in an image that has none of them, or others. For the job's relay alone; all of it is public and read-only.
 */
import { basename, join } from 'node:path'

export interface OwnNode {
  readonly files: readonly { readonly from: string; readonly to: string }[]
  /** How its command line begins, inside. */
  readonly argv: readonly [string, ...string[]]
}

const FOLDER = '/opt/daypass/node'
/** Of glibc and of musl; takes the folder of its libraries as an argument. */
const LOADER = /^ld-(?:linux|musl)/

/** @param sharedObjects What this process has loaded, as its own report lists it. */
export function ownNode(program: string, sharedObjects: readonly string[]): OwnNode {
  const libraries = sharedObjects.filter((path) => path.startsWith('/'))
  const inside = (path: string): string => join(FOLDER, basename(path))
  const loader = libraries.find((path) => LOADER.test(basename(path)))
  const node = join(FOLDER, 'node')
  return {
    files: [{ from: program, to: node }, ...libraries.map((path) => ({ from: path, to: inside(path) }))],
    argv: loader === undefined ? [node] : [inside(loader), '--library-path', FOLDER, node],
  }
}

/** Takes some milliseconds. */
export function ownSharedObjects(): readonly string[] {
  // Otherwise it would ask for the names of whoever is connected.
  Object.assign(process.report, { excludeNetwork: true })
  const { sharedObjects } = process.report.getReport() as { sharedObjects: readonly string[] }
  return sharedObjects
}
