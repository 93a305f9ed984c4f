/** The configuration of a project's stacks, which lies in its folder and has secrets of its own. */
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

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
