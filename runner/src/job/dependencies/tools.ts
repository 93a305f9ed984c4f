/**
 * The tools that install a program's dependencies: what each is recognized by, how it is run, and what it downloads
 * into. Adding a tool is adding an entry here, and its place in `choose.ts`.
 *
 * A script is constant text. Its arguments: `locked` or `unlocked`, the virtual environment (or nothing), `corepack` (or
 * nothing), and the tool's major version where that is asked for.
 */

export const TOOL_NAMES = ['npm', 'yarn', 'pnpm', 'bun', 'pip', 'poetry', 'uv', 'go', 'dotnet'] as const
export type ToolName = (typeof TOOL_NAMES)[number]

export interface Tool {
  /** What has to be on PATH. */
  readonly program: string
  /** Fixes the versions, byte for byte where the tool has such a file. */
  readonly locks: readonly string[]
  /** Says that there is something to install; a name that begins with `*` is an ending. */
  readonly manifests: readonly string[]
  /** Whether its files may also lie above the program, as workspaces have it. */
  readonly inWorkspaces: boolean
  /** Where it is run: beside its files, or in the program's folder, from which it finds them by itself. */
  readonly runsIn: 'place' | 'program'
  readonly install: string
  /** Prints the version as its first line. */
  readonly version: readonly string[]
  /** Below the job's home: what it downloaded, and nothing that it built out of it. */
  readonly downloads: readonly string[]
  /** How an operator gets it, as the end of a sentence. */
  readonly toGet: string
}

const BEGIN = `
how=$1 venv=$2 via=$3 major=$4
run() { echo "$*"; "$@"; }
`

const NPM = `${BEGIN}
if [ "$how" = locked ]; then run npm ci --no-fund --no-audit; else run npm install --no-fund --no-audit; fi
`

/** Yarn 2 and newer refuse by themselves to write a lock file where CI is set. */
const YARN = `${BEGIN}
case $major in 0 | 1) export YARN_CACHE_FOLDER="$HOME/.cache/yarn" ;; esac
case $how.$major in
locked.0 | locked.1) run $via yarn install --frozen-lockfile --non-interactive ;;
locked.*) run $via yarn install --immutable ;;
*.0 | *.1) run $via yarn install --non-interactive ;;
*) YARN_ENABLE_IMMUTABLE_INSTALLS=false run $via yarn install ;;
esac
`

/** The store's place is said: pnpm would look for one beside the program, which is another mount. */
const PNPM = `${BEGIN}
if [ "$how" = locked ]; then frozen=--frozen-lockfile; else frozen=--no-frozen-lockfile; fi
run $via pnpm install $frozen --store-dir "$HOME/.local/share/pnpm/store"
`

const BUN = `${BEGIN}
if [ "$how" = locked ]; then run bun install --frozen-lockfile; else run bun install; fi
`

/** As Pulumi does it: into the virtual environment that Pulumi.yaml names, else where the system's Python looks. */
const PIP = `${BEGIN}
python=$(command -v python3 || command -v python)
if [ -n "$venv" ]; then
  case $venv in /*) ;; *) venv=./$venv ;; esac
  [ -x "$venv/bin/python" ] || run "$python" -m venv "$venv" || exit 1
  python=$venv/bin/python
  [ ! -f requirements.txt ] || run "$python" -m pip install -r requirements.txt
else
  PIP_BREAK_SYSTEM_PACKAGES=1 run "$python" -m pip install --user -r requirements.txt
fi
`

const POETRY = `${BEGIN}
run poetry install --no-interaction --no-ansi
`

const UV = `${BEGIN}
case $venv in '' | /*) ;; *) venv=$PWD/$venv ;; esac
[ -z "$venv" ] || export UV_PROJECT_ENVIRONMENT="$venv"
if [ "$how" = locked ]; then run uv sync --locked
elif [ -f pyproject.toml ] || [ ! -f requirements.txt ]; then run uv sync
else
  venv=\${venv:-$PWD/.venv}
  [ -x "$venv/bin/python" ] || run uv venv "$venv" || exit 1
  run uv pip install --python "$venv/bin/python" -r requirements.txt
fi
`

const GO = `${BEGIN}
if [ -f vendor/modules.txt ]; then echo "The dependencies are in the folder vendor."; exit 0; fi
run go mod download
`

const DOTNET = `${BEGIN}
if [ "$how" = locked ]; then run dotnet restore --locked-mode; else run dotnet restore; fi
`

export const TOOLS: Readonly<Record<ToolName, Tool>> = {
  npm: {
    program: 'npm',
    locks: ['package-lock.json', 'npm-shrinkwrap.json'],
    manifests: ['package.json'],
    inWorkspaces: true,
    runsIn: 'place',
    install: NPM,
    version: ['npm', '--version'],
    downloads: ['.npm/_cacache'],
    toGet: 'it comes with Node.js (https://nodejs.org)',
  },
  yarn: {
    program: 'yarn',
    locks: ['yarn.lock'],
    manifests: ['package.json'],
    inWorkspaces: true,
    runsIn: 'place',
    install: YARN,
    version: ['yarn', '--version'],
    downloads: ['.cache/yarn', '.yarn/berry/cache'],
    toGet:
      'run "npm install --global yarn", or "npm install --global corepack" for the version that package.json names',
  },
  pnpm: {
    program: 'pnpm',
    locks: ['pnpm-lock.yaml'],
    manifests: ['package.json'],
    inWorkspaces: true,
    runsIn: 'place',
    install: PNPM,
    version: ['pnpm', '--version'],
    downloads: ['.local/share/pnpm/store'],
    toGet: 'run "npm install --global pnpm"',
  },
  bun: {
    program: 'bun',
    locks: ['bun.lock', 'bun.lockb'],
    manifests: ['package.json'],
    inWorkspaces: true,
    runsIn: 'place',
    install: BUN,
    version: ['bun', '--version'],
    downloads: ['.bun/install/cache'],
    toGet: 'run "npm install --global bun"',
  },
  pip: {
    program: 'python3',
    locks: ['requirements.txt'],
    manifests: ['requirements.txt'],
    inWorkspaces: false,
    runsIn: 'program',
    install: PIP,
    version: ['python3', '--version'],
    downloads: ['.cache/pip'],
    toGet: 'install the package python3 with python3-pip and python3-venv',
  },
  poetry: {
    program: 'poetry',
    locks: ['poetry.lock'],
    manifests: ['pyproject.toml'],
    inWorkspaces: true,
    runsIn: 'program',
    install: POETRY,
    version: ['poetry', '--version'],
    downloads: ['.cache/pypoetry/cache', '.cache/pypoetry/artifacts'],
    toGet: 'run "pipx install --global poetry"',
  },
  uv: {
    program: 'uv',
    locks: ['uv.lock'],
    manifests: ['pyproject.toml', 'requirements.txt'],
    inWorkspaces: true,
    runsIn: 'program',
    install: UV,
    version: ['uv', '--version'],
    downloads: ['.cache/uv'],
    toGet: 'run "pip install uv" as root',
  },
  go: {
    program: 'go',
    locks: ['go.sum'],
    manifests: ['go.mod'],
    inWorkspaces: true,
    runsIn: 'program',
    install: GO,
    version: ['go', 'version'],
    downloads: ['go/pkg/mod'],
    toGet: 'unpack it to /usr/local/go (https://go.dev/dl)',
  },
  dotnet: {
    program: 'dotnet',
    locks: ['packages.lock.json'],
    manifests: ['*.csproj', '*.fsproj', '*.vbproj', '*.sln'],
    inWorkspaces: false,
    runsIn: 'program',
    install: DOTNET,
    version: ['dotnet', '--version'],
    downloads: ['.nuget/packages'],
    toGet: 'install the package dotnet-sdk (https://dotnet.microsoft.com/download)',
  },
}
