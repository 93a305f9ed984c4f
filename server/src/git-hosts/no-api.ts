/** For hosts, and connections, that can be asked nothing: whoever wanted to know decides as if the answer were no. */
import type { HostApi, HostRefusal } from './adapter.ts'

const NOT_OFFERED: HostRefusal = {
  code: 'HOST_NOT_OFFERED',
  sentence: 'This kind of git host cannot be asked anything.',
}

const refuse = async (): Promise<HostRefusal> => NOT_OFFERED

export const NO_API: HostApi = {
  check: async () => ({ identity: 'a host that only tells us of pushes', missing: [] }),
  changedFiles: async () => 'unknown',
  pullRequestFiles: async () => 'unknown',
  permissionOf: async () => 'none',
  pullRequest: refuse,
  openPullRequests: refuse,
  branchHead: refuse,
  setStatus: refuse,
  upsertComment: refuse,
  cloneCredential: async () => undefined,
}
