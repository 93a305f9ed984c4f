/**
 * The scripts by which a remote is looked at inside the sandbox. Constant text: everything about the remote reaches them as
 * arguments, and what they find they tell through descriptor 3, cut to what the runner reads.
 */
import { MOST_POLLED_REFS } from '@daypass/contract/git-polls.ts'
import { EXIT } from '../job/git/fetch-script.ts'

/** More is no list that anybody made on purpose. */
const MOST_REMOTE_BYTES = 30_000_000

/**
 * Arguments: address, and the branches that matter, which are told first, before tags and then other branches.
 * Tells `refs <lines in all>`, then lines as `git ls-remote` writes them; of a failure what git said.
 */
export const LIST_SCRIPT = `
url=$1
shift
tab=$(printf '\\t')
temp=\${TMPDIR:-/tmp}
said=$temp/git-said list=$temp/refs names=$temp/names status=$temp/status
command -v git >/dev/null 2>&1 || exit ${EXIT.noGit}
{ git ls-remote --quiet --heads --tags -- "$url" 2>"$said"; echo $? >"$status"; } |
  head -c ${MOST_REMOTE_BYTES} >"$list"
if [ "$(wc -c <"$list")" -ge ${MOST_REMOTE_BYTES} ]; then
  echo "It lists more than ${MOST_REMOTE_BYTES} bytes of refs." >&3
  exit ${EXIT.fetchFailed}
fi
[ "$(cat "$status")" = 0 ] || { tail -c 4000 "$said" >&3; exit ${EXIT.fetchFailed}; }
printf 'refs %s\\n' "$(($(wc -l <"$list")))" >&3
if [ $# -gt 0 ]; then
  printf "\${tab}refs/heads/%s\${tab}\\n" "$@" >"$names"
  sed "s/\\$/$tab/" "$list" | grep -F -f "$names" >&3
fi
grep -F "\${tab}refs/tags/" "$list" | head -n ${MOST_POLLED_REFS} >&3
grep -F "\${tab}refs/heads/" "$list" | head -n ${MOST_POLLED_REFS} >&3
exit 0
`

/** So far back the commit before is looked for; further back, what changed is not known. */
const MOST_COMMITS = 200
export const MOST_MESSAGE_BYTES = 16_000
export const MOST_FILES_BYTES = 300_000

/**
 * Arguments: address, branch, commit, the commit before (empty: none). In an empty folder.
 * Tells `ancestor`, `forced` or `unknown`, a newline, the message, NUL, and the changed files, each with NUL.
 */
export const RANGE_SCRIPT = `
url=$1 branch=$2 after=$3 before=$4
git init --quiet --bare --template= . && git config remote.origin.url "$url" || exit ${EXIT.checkoutFailed}
git fetch --quiet --no-tags --no-recurse-submodules --depth=${MOST_COMMITS} --filter=blob:none -- \\
  origin "+refs/heads/$branch:refs/heads/seen" || exit ${EXIT.fetchFailed}
# From here on nothing is fetched because something is missing.
GIT_NO_LAZY_FETCH=1
export GIT_NO_LAZY_FETCH
git cat-file -e "$after^{commit}" 2>/dev/null || exit ${EXIT.commitNotFound}
how=unknown
if [ -n "$before" ]; then
  if git cat-file -e "$before^{commit}" 2>/dev/null; then
    if git merge-base --is-ancestor "$before" "$after"; then how=ancestor; else how=forced; fi
  elif [ "$(git rev-parse --is-shallow-repository)" = false ]; then how=forced
  fi
fi
printf '%s\\n' "$how" >&3
git log -1 --format=%B "$after" -- | head -c ${MOST_MESSAGE_BYTES} >&3
printf '\\0' >&3
if [ "$how" = ancestor ]; then
  git diff --name-only --no-renames --no-ext-diff -z "$before" "$after" -- | head -c ${MOST_FILES_BYTES} >&3
fi
exit 0
`
