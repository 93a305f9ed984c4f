/** The Pulumi project of a folder: what its Pulumi.yaml says of it. */
import { readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { parse } from 'yaml'

export interface Project {
  readonly folder: string
  /** Its Pulumi.yaml, in full. */
  readonly file: string
  readonly name: string
  /** The backend that its stacks live in, when the file says so. */
  readonly backendUrl: string | undefined
}

/** Undefined when the folder is no project's. */
export async function projectIn(folder: string): Promise<Project | undefined> {
  for (const name of ['Pulumi.yaml', 'Pulumi.yml', 'Pulumi.json']) {
    const file = resolve(folder, name)
    const text = await readFile(file, 'utf8').catch(() => undefined)
    const project = text === undefined ? undefined : projectOf(text)
    if (project) return { folder: dirname(file), file, ...project }
  }
  return undefined
}

/** That of the folder, or of the nearest one above it. */
export async function projectAround(folder: string): Promise<Project | undefined> {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const project = await projectIn(at)
    if (project || at === join(at, '..')) return project
  }
}

/** JSON is YAML too. A file that is neither names no project. */
function projectOf(text: string): Pick<Project, 'name' | 'backendUrl'> | undefined {
  let content: unknown
  try {
    content = parse(text)
  } catch {
    return undefined
  }
  const { name, backend } = Object(content) as { name?: unknown; backend?: unknown }
  const { url } = Object(backend) as { url?: unknown }
  if (typeof name !== 'string' || name === '') return undefined
  return { name, backendUrl: typeof url === 'string' ? url : undefined }
}
