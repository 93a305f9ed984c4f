/** A Pulumi program for Node.js, with dependencies of its own as `npm install` would leave them. */
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

const INSTALLED = ['../node_modules', '../../node_modules'].map((path) => join(import.meta.dirname, path))
const SDK = '@pulumi/pulumi'

/** @param typescript The program, in the TypeScript of the compiler that the SDK brings along. */
export async function writeNodeProgram(project: string, name: string, typescript: string): Promise<void> {
  const modules = join(project, 'node_modules')
  // A copy, about 16 MB: from a link it would find the compiler of this repository, which is newer than it can use.
  await cp(installed(SDK), join(modules, SDK), { recursive: true })
  const manifest: { dependencies: Record<string, string> } = JSON.parse(
    await readFile(join(installed(SDK), 'package.json'), 'utf8'),
  )
  for (const dependency of Object.keys(manifest.dependencies)) {
    await mkdir(dirname(join(modules, dependency)), { recursive: true })
    await symlink(installed(dependency), join(modules, dependency))
  }
  await writeFile(join(project, 'Pulumi.yaml'), `name: ${name}\nruntime: nodejs\n`)
  await writeFile(join(project, 'package.json'), JSON.stringify({ name, main: 'index.ts' }))
  await writeFile(join(project, 'index.ts'), typescript)
}

function installed(name: string): string {
  const folder = INSTALLED.map((modules) => join(modules, name)).find((path) => existsSync(path))
  if (folder === undefined) throw new Error(`The package ${name} is not installed.`)
  return folder
}
