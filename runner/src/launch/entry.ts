/**
 * The last thing that runs before a step's own program: a constant script inside the sandbox, without privileges.
 *
 * The step's environment arrives through its standard input. It is in no command line, and the launchers' own
 * processes (bwrap, unshare, setpriv), some of which are root for a moment, never have it: a variable like
 * LD_PRELOAD would otherwise choose the code that they run.
 */

/**
 * Arguments: `keep` or `close` for descriptor 3, the working directory, then the program and its arguments.
 * It writes its own process id (as the sandbox counts) to descriptor 3 and then becomes the program.
 */
export const ENTRY_SCRIPT = `
umask 022
ulimit -c 0
eval "$(cat)"
cd -- "$2" || exit 126
unset OLDPWD
echo "$$" >&3
case $1 in
keep) shift 2; exec "$@" </dev/null ;;
*) shift 2; exec "$@" </dev/null 3>&- ;;
esac
`

/** A shell keeps these for itself, so a step cannot be given them. */
export const RESERVED_VARIABLES: ReadonlySet<string> = new Set([
  'BASHOPTS',
  'BASH_VERSINFO',
  'EUID',
  'PPID',
  'SHELLOPTS',
  'UID',
])

const VARIABLE_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/

export function isVariableName(name: string): boolean {
  return VARIABLE_NAME.test(name) && !RESERVED_VARIABLES.has(name)
}

/**
 * The environment as text for ENTRY_SCRIPT to evaluate: each value between single quotes, in which a shell reads
 * every character but the quote itself as it stands.
 *
 * @throws {TypeError} for a name that is no variable's name or a value with a NUL; they are refused where they
 *   enter (`job/environment.ts`), so here they are a bug.
 */
export function environmentScript(env: Readonly<Record<string, string>>): string {
  const lines = Object.entries(env).map(([name, value]) => {
    if (!isVariableName(name)) throw new TypeError(`${JSON.stringify(name)} cannot be a variable's name.`)
    if (value.includes('\0')) throw new TypeError(`The variable ${name} holds a NUL.`)
    return `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`
  })
  return lines.join('')
}
