/** Files that git needs and that only the step which fetches may see: the job sees them at `paths.private`. */
import { chmod, chown, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Job } from '../../launch/launcher.ts'
import type { privateFiles } from './fetch-script.ts'

export async function placePrivateFiles(
  { folder, user }: Job,
  files: ReturnType<typeof privateFiles>,
): Promise<void> {
  for (const [name, content, mode] of files) {
    const path = join(folder.private, name)
    await writeFile(path, content, { mode })
    await chmod(path, mode)
    await chown(path, user.uid, user.gid)
  }
}

export async function removePrivateFiles({ folder }: Job): Promise<void> {
  for (const name of await readdir(folder.private)) await rm(join(folder.private, name), { force: true })
}
