/**
 * Looks at a program inside the sandbox: which files say how its dependencies are installed, and which tools are there.
 *
 * What is found are a stranger's files, so only names from our own list, hashes, and the beginning of one package.json
 * come out of the sandbox.
 */
import { TOOL_NAMES, TOOLS } from './tools.ts'

/** One folder, from the program's own upwards to the root of its repository. */
export interface Level {
  /** SHA-256 in hex by file name; `*` names are recorded as they stand in the table. */
  readonly files: ReadonlyMap<string, string>
}

export interface Inspection {
  readonly levels: readonly Level[]
  /** `packageManager` of the nearest package.json, such as `yarn@4.1.0`. */
  readonly packageManager: string | undefined
  /** Programs of the table that are on PATH, and corepack. */
  readonly programs: ReadonlySet<string>
}

const LONGEST_PACKAGE_JSON_BYTES = 262_144
const MOST_LEVELS = 20
const NAMES = [...new Set(TOOL_NAMES.flatMap((name) => [...TOOLS[name].locks, ...TOOLS[name].manifests]))]
const PROGRAMS = [...new Set([...TOOL_NAMES.map((name) => TOOLS[name].program), 'corepack'])]

/** Arguments: programs, `:`, and the names of files; a name with `*` is a pattern. */
const INSPECT_SCRIPT = `
cd -P . || exit 1
while [ "$1" != : ]; do
  command -v "$1" >/dev/null 2>&1 && echo "program $1" >&3
  shift
done
shift
found=
levels=0
while [ $levels -lt ${MOST_LEVELS} ]; do
  echo level >&3
  for name in "$@"; do
    case $name in
    \\**)
      all=
      for file in *"\${name#\\*}"; do [ -f "$file" ] && all=1; done
      [ -z "$all" ] || echo "file $name $(cat ./*"\${name#\\*}" 2>/dev/null | sha256sum | cut -c 1-64)" >&3
      ;;
    *)
      [ -f "$name" ] || continue
      echo "file $name $(sha256sum <"./$name" | cut -c 1-64)" >&3
      [ "$name" = package.json ] && [ -z "$found" ] && found=$PWD
      ;;
    esac
  done
  [ "$PWD" = / ] || [ -e .git ] && break
  cd -P .. || break
  levels=$((levels + 1))
done
echo end >&3
[ -z "$found" ] || head -c ${LONGEST_PACKAGE_JSON_BYTES} "$found/package.json" >&3
`

export const INSPECT: readonly [string, ...string[]] = [
  '/bin/sh',
  '-c',
  INSPECT_SCRIPT,
  'sh',
  ...PROGRAMS,
  ':',
  ...NAMES,
]

/** Undefined when the script did not come to its end. */
export function parseInspection(facts: string): Inspection | undefined {
  const end = facts.indexOf('end\n')
  if (end !== 0 && facts[end - 1] !== '\n') return undefined
  const levels: { files: Map<string, string> }[] = []
  const programs = new Set<string>()
  for (const line of facts.slice(0, end).split('\n')) {
    const [word, name = '', hash = ''] = line.split(' ')
    if (word === 'level') levels.push({ files: new Map() })
    else if (word === 'program' && PROGRAMS.includes(name)) programs.add(name)
    else if (word === 'file' && NAMES.includes(name) && /^[0-9a-f]{64}$/.test(hash))
      levels.at(-1)?.files.set(name, hash)
  }
  return { levels, programs, packageManager: packageManagerIn(facts.slice(end + 'end\n'.length)) }
}

function packageManagerIn(packageJson: string): string | undefined {
  try {
    const parsed = JSON.parse(packageJson) as { readonly packageManager?: unknown } | null
    const named = parsed?.packageManager
    return typeof named === 'string' && /^[a-z]+@[\w.+-]+$/.test(named) ? named : undefined
  } catch {
    // Cut off, or not JSON: the tool itself will say so better.
    return undefined
  }
}
