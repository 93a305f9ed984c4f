/**
 * What runs first in a step's container: the same as `../entry.ts`, for a place where no descriptor but the first three
 * is inherited and where PATH is the image's to say.
 */
import type { StepProcess } from '../launcher.ts'

/** Inside; the pipe behind it is the job's own. */
export const FACTS_PIPE = '/opt/daypass/facts'

/** Stands in a step's PATH for the image's own. */
export const IMAGE_PATH = '/opt/daypass/path-of-the-image'

/** Arguments: `keep` or `close` for descriptor 3, the working directory, then the program and its arguments. */
const CONTAINER_ENTRY = `
umask 022
ulimit -c 0
unset TINI_KILL_PROCESS_GROUP
daypass_path=$PATH
eval "$(cat)"
case $PATH in
*${IMAGE_PATH}*) PATH=\${PATH%%${IMAGE_PATH}*}$daypass_path\${PATH#*${IMAGE_PATH}} ;;
esac
unset daypass_path
cd -- "$2" || exit 126
unset OLDPWD
exec 3>${FACTS_PIPE}
echo "$$" >&3
case $1 in
keep) shift 2; exec "$@" </dev/null ;;
*) shift 2; exec "$@" </dev/null 3>&- ;;
esac
`

export function entryArguments(step: StepProcess): readonly string[] {
  return ['-c', CONTAINER_ENTRY, 'sh', step.facts ? 'keep' : 'close', step.cwd, ...step.argv]
}
