/** The folders of Pulumi projects: there lies the configuration of their stacks, with secrets of its own. */
import { access, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'

export interface ProjectFolder {
  readonly folder: string
  readonly name: string
}

/** Undefined when it is no project's. */
export async function projectIn(folder: string): Promise<ProjectFolder | undefined> {
  for (const file of ['Pulumi.yaml', 'Pulumi.yml', 'Pulumi.json']) {
    const text = await readFile(join(folder, file), 'utf8').catch(() => undefined)
    const name = text && (file.endsWith('.json') ? nameInJson(text) : nameInYaml(text))
    if (name) return { folder: resolve(folder), name }
  }
  return undefined
}

export function configFile(folder: string, stack: string): string {
  return join(folder, `Pulumi.${stack}.yaml`)
}

/** Whether the stack has a configuration there. */
export async function hasConfig(folder: string, stack: string): Promise<boolean> {
  return access(configFile(folder, stack)).then(
    () => true,
    () => false,
  )
}

/** A project of that name and nothing else, for the CLI to stand in. */
export async function makeBareProject(folder: string, name: string): Promise<void> {
  await writeFile(join(folder, 'Pulumi.yaml'), `name: ${JSON.stringify(name)}\nruntime: yaml\n`)
}

/** The name is a plain scalar of `[A-Za-z0-9_.-]`, perhaps quoted. */
function nameInYaml(text: string): string | undefined {
  return /^name:[ \t]*(["']?)([A-Za-z0-9_.-]+)\1[ \t]*(?:#.*)?$/m.exec(text)?.[2]
}

function nameInJson(text: string): string | undefined {
  const { name } = JSON.parse(text) as { name?: unknown }
  return typeof name === 'string' ? name : undefined
}
