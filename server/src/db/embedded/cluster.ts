/** The files of the embedded PostgreSQL: made once, and its access rules written at each start. */
import { access, chmod, chown, lchown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { StartRefusal } from '../../start-refusal.ts'
import { type Account, namedAccount } from './account.ts'
import { run } from './process.ts'

/** Owns the application's database; not a superuser. */
export const APPLICATION_USER = 'daypass'
/** PostgreSQL's superuser: makes the application's database and nothing else. */
export const SUPERUSER = 'postgres'

/** Makes the cluster under another name and renames it, so that one that is half made is never used. */
export async function makeCluster(
  cluster: string,
  binaries: string,
  account: Account | undefined,
): Promise<void> {
  if (await exists(join(cluster, 'PG_VERSION'))) return
  const unfinished = `${cluster}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { mode: 0o700 })
  const maker = account && (await namedAccount())
  if (maker) await chown(unfinished, maker.uid, maker.gid)
  const program = join(binaries, 'initdb')
  const args = ['-D', dataPath(unfinished, account), ...INITDB_OPTIONS]
  await run({ program, args, cwd: unfinished, account: maker }).catch((error: Error) => {
    throw new StartRefusal(`PostgreSQL could not be set up in ${cluster}. ${error.message}`)
  })
  if (account) await giveTo(unfinished, account)
  await rename(unfinished, cluster)
}

const INITDB_OPTIONS = [
  `--username=${SUPERUSER}`,
  '--auth-local=peer',
  '--auth-host=reject',
  '--encoding=UTF8',
  // One order of texts on every machine, whatever its libraries.
  '--locale=C',
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--data-checksums',
  '--no-instructions',
]

/**
 * The path by which PostgreSQL names its folder. As another user than ours it may not be allowed to enter the folders
 * above (root's home is closed), but the folder it was started in it can always name so.
 */
export function dataPath(cluster: string, account: Account | undefined): string {
  return account === undefined ? cluster : '/proc/self/cwd'
}

/**
 * Only the user of this process may connect: the kernel tells PostgreSQL who is at the socket's other end.
 *
 * @param us That user's name.
 */
export async function writeAccessRules(
  cluster: string,
  us: string,
  account: Account | undefined,
): Promise<void> {
  await writeOwned(join(cluster, 'pg_hba.conf'), 'local all all peer map=daypass\n', account)
  const map = [APPLICATION_USER, SUPERUSER].map((user) => `daypass "${us}" ${user}\n`)
  await writeOwned(join(cluster, 'pg_ident.conf'), map.join(''), account)
}

async function writeOwned(path: string, text: string, account: Account | undefined): Promise<void> {
  await writeFile(path, text, { mode: 0o600 })
  await chmod(path, 0o600)
  if (account) await chown(path, account.uid, account.gid)
}

async function giveTo(folder: string, account: Account): Promise<void> {
  await lchown(folder, account.uid, account.gid)
  for (const path of await readdir(folder, { recursive: true })) {
    await lchown(join(folder, path), account.uid, account.gid)
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
