/** A remote that tells nobody of anything, and that this server never connects to: runners look at it (git-polls). */
import type { GitHostAdapter } from '../adapter.ts'
import type { OpenedHost } from '../git-host.ts'
import { NO_API } from '../no-api.ts'

export const polling: GitHostAdapter = {
  keptHeaders: [],
  // Nobody sends anything: whatever comes is somebody else's.
  verify: () => false,
  deliveryKey: () => undefined,
  eventName: () => 'unknown',
  read: () => ({ ignored: 'A remote that is polled sends nothing.' }),
  api: ({ secrets }) => ({
    ...NO_API,
    check: async () => ({ identity: 'a remote that runners look at', missing: [] }),
    cloneCredential: async () => {
      const credential = pollCredential(secrets)
      return credential && { ...credential, expiresAt: undefined }
    },
  }),
}

/** Hosts take any user name beside a token, most of them; those that do not are told one. */
export function pollCredential({ token, userName = 'git' }: OpenedHost['secrets']) {
  return token === undefined ? undefined : { userName, password: token }
}
