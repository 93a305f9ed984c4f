// Tells Daypass what was pushed, in the form of Pulumi's Custom VCS: a post-receive hook for any git server. Needs Node.js.
//
// In the repository on the server: git config daypass.eventsUrl <the webhook URL of the connection>
//                                  git config daypass.secretFile <a file with its secret, for the server's user alone>
//                                  git config daypass.repoUrl <what Daypass clones>
// and as hooks/post-receive, executable:  #!/bin/sh
//                                         exec node /path/to/post-receive.mjs
import { execFileSync } from 'node:child_process'
import { createHmac, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'

const TIMEOUT_SECONDS = 10

/** @param {string[]} words */
const git = (...words) => execFileSync('git', words, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
/** @param {string} name */
const setting = (name) => git('config', '--get', `daypass.${name}`).trim()
const secret = readFileSync(setting('secretFile'), 'utf8').trim()

for (const line of readFileSync(0, 'utf8').trim().split('\n')) {
  const [before = '', after = '', ref = ''] = line.split(' ')
  const event = eventOf(before, after, ref)
  if (event) await tell({ ...event, repoUrl: setting('repoUrl'), id: randomUUID() })
}

/**
 * What was deleted deploys nothing.
 * @param {string} before @param {string} after @param {string} ref
 */
function eventOf(before, after, ref) {
  if (/^0+$/.test(after)) return undefined
  const commit = git('rev-parse', `${after}^{commit}`).trim()
  if (ref.startsWith('refs/tags/')) return { event: 'tag_push', tag: ref.slice('refs/tags/'.length), commit }
  if (!ref.startsWith('refs/heads/')) return undefined
  return { event: 'push', branch: ref.slice('refs/heads/'.length), commit, ...filesBetween(before, commit) }
}

/**
 * Not of a new branch, nor of a push that lost commits: without a list, path filters let the push through.
 * @param {string} before @param {string} after
 */
function filesBetween(before, after) {
  if (/^0+$/.test(before) || git('rev-list', '--max-count=1', before, `^${after}`) !== '') return {}
  // A file that was moved counts under both names.
  const names = git('diff', '--name-only', '--no-renames', '-z', before, after)
  return { changedFiles: names.split('\0').filter((name) => name !== '') }
}

/**
 * A push is not undone because of us: whoever pushed is told, and may push an empty commit later.
 * @param {object} event
 */
async function tell(event) {
  const body = JSON.stringify(event)
  const signature = createHmac('sha256', secret).update(body).digest('hex')
  try {
    const answer = await fetch(setting('eventsUrl'), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-generic-vcs-signature': `v1=${signature}` },
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
    })
    if (!answer.ok) throw new Error(`it answered ${answer.status}`)
  } catch (error) {
    const { cause = error } = /** @type {Error} */ (error)
    process.stderr.write(`Daypass was not told of this push: ${/** @type {Error} */ (cause).message}.\n`)
    process.exitCode = 1
  }
}
