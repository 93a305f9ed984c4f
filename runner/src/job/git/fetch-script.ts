/**
 * The script that fetches a repository inside the sandbox, and the environment that tames git.
 *
 * Constant text; everything about the repository reaches it as arguments. What it finds it tells the runner through
 * descriptor 3, because the runner itself must not read files that a repository chose the names of.
 */
import { join } from 'node:path'
import type { GitAuth } from '@daypass/contract/job-protocol.ts'
import { LONGEST_PROJECT_BYTES } from '../steps/project-runtime.ts'
import type { RepositoryAddress } from './address.ts'

export const EXIT = {
  fetchFailed: 11,
  commitNotFound: 12,
  checkoutFailed: 13,
  folderMissing: 20,
  folderOutside: 21,
  noProgram: 22,
  noGit: 23,
} as const

/**
 * Arguments: address, `branch` or `commit`, full ref or hash, local name (empty: detached), folder, and the
 * project's name for a template, whose placeholders are then filled in as `pulumi new` does it.
 */
export const FETCH_SCRIPT = `
url=$1 kind=$2 wanted=$3 name=$4 folder=$5 project=$6
said=\${TMPDIR:-/tmp}/git-said
root=$(pwd -P)
fetch() {
  git fetch --quiet --no-tags --no-recurse-submodules "$@" 2>"$said"
  status=$?
  cat "$said" >&2
  return $status
}
give_up() { cat "$said" >&3; exit ${EXIT.fetchFailed}; }

command -v git >/dev/null 2>&1 || exit ${EXIT.noGit}
git init --quiet --template= . && git config remote.origin.url "$url" || exit ${EXIT.checkoutFailed}
if [ "$kind" = branch ]; then
  fetch --depth=1 -- origin "+$wanted:\${name:+refs/remotes/origin/$name}" || give_up
  commit=$(git rev-parse --verify --quiet 'FETCH_HEAD^{commit}') || exit ${EXIT.checkoutFailed}
else
  case $wanted in
  ????????????????????????????????????????*) fetch --depth=1 -- origin "$wanted" ;;
  *) false ;;
  esac || {
    echo "Looking for the commit in the whole history."
    fetch -- origin '+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*' || give_up
  }
  commit=$(git rev-parse --verify --quiet "$wanted^{commit}") || exit ${EXIT.commitNotFound}
fi
if [ -n "$name" ]; then
  git checkout --quiet --force -B "$name" "$commit" --
else
  git checkout --quiet --force --detach "$commit" --
fi || exit ${EXIT.checkoutFailed}
rm -f "$said"
git log -1 --format='Commit %H (%an, %ad): %s'
[ -f .gitmodules ] && echo "Submodules are not fetched; fetch them in a pre-run command."

cd "./$folder" 2>/dev/null || exit ${EXIT.folderMissing}
here=$(pwd -P)
case $here/ in "$root"/*) ;; *) exit ${EXIT.folderOutside} ;; esac
for program in Pulumi.yaml Pulumi.yml Pulumi.json; do
  if [ -f "$program" ]; then
    if [ -n "$project" ]; then
      sed 's/\\\${PROJECT}/'"$project"'/g; s/\\\${DESCRIPTION}/Made from a template/g' "$program" >"$said" &&
        cat "$said" >"$program"
      rm -f "$said"
    fi
    printf '%s\\n%s\\n' "$commit" "$program" >&3
    head -c ${LONGEST_PROJECT_BYTES} "$program" >&3
    exit 0
  fi
done
ls -1A | head -n 20 >&3
exit ${EXIT.noProgram}
`

export interface GitFolder {
  /** The private folder as the job sees it. */
  readonly inside: string
  readonly auth: GitAuth | null
  readonly address: RepositoryAddress
  readonly allowInsecure: boolean
  /** Against the file `known_hosts` of the private folder. */
  readonly checkHostKeys: boolean
}

/** Slower than this for this long is a clone that hangs. */
const SLOWEST_BYTES_PER_SECOND = 200
const SLOWEST_FOR_SECONDS = 60

export function gitEnvironment(options: GitFolder): Record<string, string> {
  const { inside, allowInsecure } = options
  return {
    ...configuration({
      'core.hooksPath': '/dev/null',
      'core.fsmonitor': 'false',
      'credential.helper': '',
      // A redirect would take the credentials, and the fetch, to a host that nobody checked.
      'http.followRedirects': 'false',
      'http.lowSpeedLimit': String(SLOWEST_BYTES_PER_SECOND),
      'http.lowSpeedTime': String(SLOWEST_FOR_SECONDS),
      'submodule.recurse': 'false',
      'gc.auto': '0',
    }),
    GIT_ALLOW_PROTOCOL: allowInsecure ? 'https:ssh:http:file' : 'https:ssh',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(inside, 'gitconfig'),
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: join(inside, 'askpass'),
    GIT_SSH_COMMAND: sshCommand(options),
    GIT_SSH_VARIANT: 'ssh',
    ...credentials(options),
  }
}

/** Files of the private folder: name, content, mode. */
export function privateFiles(
  auth: GitAuth | null,
  knownHosts: string | undefined,
): readonly (readonly [name: string, content: string, mode: number])[] {
  return [
    ['askpass', ASKPASS, 0o500],
    // Read by git's own child on a local repository, which belongs to another user.
    ['gitconfig', '[safe]\n\tdirectory = *\n', 0o400],
    ...(knownHosts === undefined ? [] : [['known_hosts', knownHosts, 0o400] as const]),
    ...(auth?.kind === 'ssh'
      ? [['key', `${auth.privateKey.replaceAll('\r\n', '\n').trimEnd()}\n`, 0o400] as const]
      : []),
  ]
}

/** What in the credentials must never be seen in a log. */
export function secretsOf(auth: GitAuth | null): readonly string[] {
  switch (auth?.kind) {
    case 'token':
      return [auth.token]
    case 'basic':
      return [auth.password]
    case 'ssh':
      return auth.passphrase === null ? [auth.privateKey] : [auth.privateKey, auth.passphrase]
    case undefined:
      return []
  }
}

/** git and ssh ask with a sentence as the argument. */
const ASKPASS = `#!/bin/sh
case $1 in
Username*) printf '%s\\n' "$DAYPASS_GIT_USERNAME" ;;
*) printf '%s\\n' "$DAYPASS_GIT_PASSWORD" ;;
esac
`

function credentials({ auth, address, inside }: GitFolder): Record<string, string> {
  switch (auth?.kind) {
    case 'token':
      return { DAYPASS_GIT_USERNAME: tokenUser(address.host), DAYPASS_GIT_PASSWORD: auth.token }
    case 'basic':
      return { DAYPASS_GIT_USERNAME: auth.username, DAYPASS_GIT_PASSWORD: auth.password }
    case 'ssh':
      return auth.passphrase === null
        ? {}
        : {
            SSH_ASKPASS: join(inside, 'askpass'),
            SSH_ASKPASS_REQUIRE: 'force',
            DAYPASS_GIT_PASSWORD: auth.passphrase,
          }
    case undefined:
      // Nothing to answer with: git is told so at once instead of asking twice.
      return { GIT_ASKPASS: '/bin/false' }
  }
}

/** The user name that a git host wants beside a token; most take any. */
function tokenUser(host: string | undefined): string {
  if (host === 'bitbucket.org') return 'x-token-auth'
  return host === 'gitlab.com' ? 'oauth2' : 'x-access-token'
}

function sshCommand({ inside, auth, checkHostKeys }: GitFolder): string {
  const options = [
    `StrictHostKeyChecking=${checkHostKeys ? 'yes' : 'accept-new'}`,
    `UserKnownHostsFile=${checkHostKeys ? join(inside, 'known_hosts') : '/dev/null'}`,
    'GlobalKnownHostsFile=/dev/null',
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    'PasswordAuthentication=no',
    'KbdInteractiveAuthentication=no',
    'ConnectTimeout=20',
    'ServerAliveInterval=20',
    'LogLevel=ERROR',
    ...(auth?.kind === 'ssh' && auth.passphrase !== null ? [] : ['BatchMode=yes']),
  ]
  const identity = auth?.kind === 'ssh' ? [`-i ${join(inside, 'key')}`] : []
  return ['ssh', '-F /dev/null', ...identity, ...options.map((option) => `-o ${option}`)].join(' ')
}

function configuration(settings: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(settings)
  return {
    GIT_CONFIG_COUNT: String(entries.length),
    ...Object.fromEntries(
      entries.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  }
}
