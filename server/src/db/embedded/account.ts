/**
 * The user that PostgreSQL runs as: ourselves, or, when we are root, a number that nobody has.
 *
 * PostgreSQL refuses to run as root. `initdb` wants a user with a name; `postgres` itself does not. So root lets
 * `initdb` run as a user that every system has, and gives the files to a number of its own afterwards: no other
 * process of the machine runs under it, and nothing has to be created in /etc/passwd.
 */
import { readFile, stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { StartRefusal } from '../../start-refusal.ts'

export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Between the ranges that Debian, Red Hat and systemd hand out by themselves. @see https://systemd.io/UIDS-GIDS/ */
const UNCLAIMED_UID = 61_000

/** As whom to run, or undefined: as whoever we are. */
export async function accountFor(
  clusterFolder: string,
  ourUid: number | undefined,
): Promise<Account | undefined> {
  if (ourUid !== 0) return undefined
  const owner = await stat(clusterFolder).catch(() => undefined)
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid }
  return { uid: UNCLAIMED_UID, gid: UNCLAIMED_UID }
}

/** Our own name. PostgreSQL asks the system for it, and some containers run under a number that has none. */
export function ourName(): string {
  try {
    return userInfo().username
  } catch {
    throw new StartRefusal(
      `The user ${process.getuid?.()} has no name on this system (/etc/passwd), which PostgreSQL asks for. Give it one, ` +
        'start Daypass as another user, or set DATABASE_URL to a PostgreSQL of yours.',
    )
  }
}

/** As whom root runs `initdb`. */
export async function namedAccount(): Promise<Account> {
  const lines = (await readFile('/etc/passwd', 'utf8')).split('\n').map((line) => line.split(':'))
  for (const name of ['nobody', 'postgres', 'daemon']) {
    const [, , uid, gid] = lines.find((fields) => fields[0] === name) ?? []
    if (Number(uid) > 0 && Number(gid) > 0) return { uid: Number(uid), gid: Number(gid) }
  }
  throw new StartRefusal(
    'PostgreSQL cannot be set up as root on this system, which has no user "nobody". Start Daypass as another user, ' +
      'or set DATABASE_URL to a PostgreSQL of yours.',
  )
}
