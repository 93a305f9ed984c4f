/**
 * Pulumi's Custom VCS: whoever holds the secret says by a POST of its own form what was pushed. Pushes and tags only.
 *
 * @see https://www.pulumi.com/docs/integrations/version-control/custom-vcs/
 */
import { jsonObject } from '@daypass/contract/json-object.ts'
import {
  readBranchRef,
  readCloneUrl,
  readCommitId,
  readHostLogin,
  readRefName,
  readRepositoryName,
  readTagRef,
} from '../../git-events/git-event.ts'
import type { GitHostAdapter, ReadDelivery } from '../adapter.ts'
import { field, texts, words } from '../json.ts'
import { NO_API } from '../no-api.ts'
import { isPrefixedHmacSha256 } from '../signature.ts'

export const custom: GitHostAdapter = {
  keptHeaders: [],
  verify: (raw, headers, secret) =>
    isPrefixedHmacSha256(raw, secret, headers['x-generic-vcs-signature'], 'v1='),
  // Its body has no time and no number: the same push said twice is one.
  deliveryKey: () => undefined,
  eventName: (raw) => words(field(jsonObject(raw.toString('utf8')), 'event'), 100) || 'unknown',
  read: (raw) => readCustom(jsonObject(raw.toString('utf8'))),
  api: () => NO_API,
}

function readCustom(body: Readonly<Record<string, unknown>> | undefined): ReadDelivery {
  if (body === undefined) return { ignored: 'The body is no JSON object.' }
  const commit = readCommitId(body['commit'])
  const repositoryUrl = readCloneUrl(body['repoUrl'])
  const repository = repositoryUrl === undefined ? undefined : repositoryOf(repositoryUrl)
  if (commit === undefined)
    return { ignored: 'commit must be a whole commit id of 40 or 64 hexadecimal digits.' }
  if (repositoryUrl === undefined || repository === undefined)
    return {
      ignored: 'repoUrl must be the https URL of a repository, such as https://git.example.com/acme/web.git.',
    }
  const about = { repository, repositoryUrl, sender: readHostLogin(body['sender']) }
  if (body['event'] === 'tag_push') {
    const tag = readTagRef(body['tag']) ?? readRefName(body['tag'])
    if (tag === undefined) return { ignored: 'tag must be the name of a tag.' }
    return [{ kind: 'tag', ...about, tag, commit }]
  }
  if (body['event'] !== 'push') return { ignored: 'event must be push or tag_push.' }
  const branch = readBranchRef(body['branch']) ?? readRefName(body['branch'])
  if (branch === undefined) return { ignored: 'branch must be the name of a branch.' }
  return [
    {
      kind: 'push',
      ...about,
      branch,
      before: undefined,
      after: commit,
      created: false,
      deleted: false,
      forced: false,
      headMessage: '',
      changedFiles: texts(body['changedFiles']) ?? 'unknown',
      pusher: about.sender,
    },
  ]
}

/** The path of the URL: what stands in `vcs.repository` of a stack. */
function repositoryOf(url: string) {
  const path = decoded(new URL(url).pathname)
  return readRepositoryName(path?.replace(/^\/+/, '').replace(/(?:\.git)?\/*$/, ''))
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return undefined
  }
}
