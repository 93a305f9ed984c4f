/**
 * From one service to another by way of a file backend that is gone afterwards. Its secrets are encrypted with a
 * passphrase that nobody keeps, and the project's own folder is touched only when everything has worked.
 */
import { randomBytes } from 'node:crypto'
import { copyFile, mkdir, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { Backend } from './backend.ts'
import type { Move } from './plan.ts'
import { configFile, hasConfig, makeBareProject } from './project.ts'
import { faultIn, type Pulumi } from './pulumi.ts'

/** @param folder The project's. @returns What went wrong, if anything did. */
export async function migrateByDetour(
  pulumi: Pulumi,
  { source, target }: { readonly source: Backend; readonly target: Backend },
  move: Move,
  folder: string,
): Promise<string | undefined> {
  const project = await pulumi.newFolder()
  const bucket = join(project, 'bucket')
  await mkdir(bucket)
  await makeBareProject(project, move.to.project)
  const hadConfig = await hasConfig(folder, move.from.stack)
  if (hadConfig) await copyFile(configFile(folder, move.from.stack), configFile(project, move.from.stack))

  const between: Backend = { url: `file://${bucket}`, kind: 'diy', token: undefined }
  const name = `organization/${move.to.project}/${move.to.stack}`
  const env: Record<string, string> = pulumi.hasPassphrase
    ? {}
    : { PULUMI_CONFIG_PASSPHRASE: randomBytes(32).toString('base64') }
  const legs = [
    { to: between, args: [source.url, move.source, '--target', name] },
    { to: target, args: [between.url, name, '--target', move.target] },
  ]
  for (const { to, args } of legs) {
    const run = await pulumi.run(to, ['stack', 'migrate', ...args, '--yes'], { folder: project, env })
    if (run.code !== 0) return faultIn(run)
  }
  if (hadConfig) await putConfig(project, folder, move.to.stack)
  return undefined
}

/** The former file stays beside the new one, as `pulumi stack migrate` itself leaves it. */
async function putConfig(from: string, to: string, stack: string): Promise<void> {
  const target = configFile(to, stack)
  if (await hasConfig(to, stack)) await rename(target, `${target}.bak.${randomBytes(4).readUInt32BE()}`)
  await copyFile(configFile(from, stack), target)
}
