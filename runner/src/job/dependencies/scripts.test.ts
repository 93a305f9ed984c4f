/** The scripts as a shell runs them, on a folder of this machine and with programs that write down how they are called. */
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { chooseTool } from './choose.ts'
import { INSPECT, type Inspection, parseInspection } from './inspect.ts'
import { changeFolder } from './plan.ts'
import { TOOLS, type ToolName } from './tools.ts'

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'daypass-dependencies-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

function inspect(cwd: string, path = '/usr/bin:/bin'): Inspection | undefined {
  const [command, ...args] = INSPECT
  const ran = spawnSync(command, args, {
    cwd,
    env: { PATH: path },
    stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
  })
  return parseInspection(String(ran.output[3]))
}

test('a program is looked at from its folder up to the root of its repository, and no further', () => {
  const folder = folderWith({
    'package.json': '{}',
    'repository/.git/HEAD': '',
    'repository/yarn.lock': 'x',
    'repository/package.json': '{"packageManager": "npm@1.0.0"}',
    'repository/a/b/package.json': '{"packageManager": "yarn@4.1.0"}',
    'repository/a/b/Some Thing.csproj': '',
    'repository/a/b/other': '',
  })
  const found = inspect(join(folder, 'repository/a/b'))
  expect(found?.levels.map(({ files }) => [...files.keys()].sort())).toEqual([
    ['*.csproj', 'package.json'],
    [],
    ['package.json', 'yarn.lock'],
  ])
  const x = execFileSync('sha256sum', { input: 'x', encoding: 'utf8' }).slice(0, 64)
  expect(found?.levels[2]?.files.get('yarn.lock')).toBe(x)
  expect(found?.packageManager).toBe('yarn@4.1.0')
})

test('names, links and contents that a stranger chose say nothing they are not', () => {
  const folder = folderWith({
    '.git': '',
    'a\nfile yarn.lock\n/package.json': '{"packageManager": "yarn@1\\nend"}',
    "x'$(touch pwned)'.csproj": '',
  })
  symlinkSync('/dev/zero', join(folder, 'bun.lock'))
  symlinkSync('loop', join(folder, 'loop'))
  const found = inspect(folder)
  expect(found?.levels.map(({ files }) => [...files.keys()])).toEqual([['*.csproj']])
  expect(inspect(join(folder, 'a\nfile yarn.lock\n'))?.packageManager).toBeUndefined()
  expect(() => readFileSync(join(folder, 'pwned'))).toThrow()
})

test.each(['', 'level\n', 'program npm\nlevel\n', 'nonsense end\n'])(
  'an inspection that was cut short is none: %j',
  (facts) => {
    expect(parseInspection(facts)).toBeUndefined()
  },
)

/** Programs that write their name and arguments into `calls`, and the folder they ran in. */
function standIns(names: readonly string[], version: string): string {
  const bin = folderWith({})
  for (const name of names) {
    const script = `#!/bin/sh\n[ "$*" = --version ] && { echo ${version}; exit; }\nprintf '%s|%s %s\\n' "\${PWD##*/}" ${name} "$*" >>"$CALLS"\n`
    writeFileSync(join(bin, name), script)
    chmodSync(join(bin, name), 0o755)
  }
  return bin
}

interface Install {
  readonly tool: ToolName
  readonly how?: 'locked' | 'unlocked'
  readonly files?: Readonly<Record<string, string>>
  readonly venv?: string
  readonly via?: string
  readonly major?: string
}

function install({ tool, how = 'locked', files = {}, venv = '', via = '', major = '' }: Install): string[] {
  const folder = folderWith({ 'program/x': '', ...files })
  const calls = join(folder, 'calls')
  writeFileSync(calls, '')
  const names = ['npm', 'yarn', 'pnpm', 'bun', 'poetry', 'uv', 'go', 'dotnet', 'corepack', 'python3']
  const bin = standIns(names, '1.2.3')
  execFileSync('/bin/sh', ['-c', TOOLS[tool].install, 'sh', how, venv, via, major], {
    cwd: join(folder, 'program'),
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: '/h', CALLS: calls },
    stdio: 'ignore',
  })
  return readFileSync(calls, 'utf8').trim().split('\n').filter(Boolean)
}

test.each<[Install, string[]]>([
  [{ tool: 'npm' }, ['npm ci --no-fund --no-audit']],
  [{ tool: 'npm', how: 'unlocked' }, ['npm install --no-fund --no-audit']],
  [{ tool: 'yarn', major: '1' }, ['yarn install --frozen-lockfile --non-interactive']],
  [{ tool: 'yarn', major: '4' }, ['yarn install --immutable']],
  [{ tool: 'yarn', major: '4', via: 'corepack' }, ['corepack yarn install --immutable']],
  [{ tool: 'yarn', major: '1', how: 'unlocked' }, ['yarn install --non-interactive']],
  [{ tool: 'yarn', major: '4', how: 'unlocked' }, ['yarn install']],
  [{ tool: 'pnpm' }, ['pnpm install --frozen-lockfile --store-dir /h/.local/share/pnpm/store']],
  [
    { tool: 'pnpm', how: 'unlocked', via: 'corepack' },
    ['corepack pnpm install --no-frozen-lockfile --store-dir /h/.local/share/pnpm/store'],
  ],
  [{ tool: 'bun' }, ['bun install --frozen-lockfile']],
  [{ tool: 'bun', how: 'unlocked' }, ['bun install']],
  [
    { tool: 'pip', files: { 'program/requirements.txt': '' } },
    ['python3 -m pip install --user -r requirements.txt'],
  ],
  [{ tool: 'pip', how: 'unlocked', venv: '-v' }, ['python3 -m venv ./-v']],
  [{ tool: 'poetry' }, ['poetry install --no-interaction --no-ansi']],
  [{ tool: 'uv' }, ['uv sync --locked']],
  [{ tool: 'uv', how: 'unlocked' }, ['uv sync']],
  [{ tool: 'go' }, ['go mod download']],
  [{ tool: 'go', files: { 'program/vendor/modules.txt': '' } }, []],
  [{ tool: 'dotnet' }, ['dotnet restore --locked-mode']],
  [{ tool: 'dotnet', how: 'unlocked' }, ['dotnet restore']],
])('%j', (given, expected) => {
  expect(install(given).map((line) => line.replace(/^program\|/, ''))).toEqual(expected)
})

test('uv makes an environment for a list of requirements, and no second one', () => {
  const files = { 'program/requirements.txt': '' }
  const [venv, pip] = install({ tool: 'uv', how: 'unlocked', files })
  expect(venv).toMatch(/uv venv \/.*\/program\/\.venv$/)
  expect(pip).toMatch(/uv pip install --python \/.*\/\.venv\/bin\/python -r requirements\.txt$/)
})

test('a workspace is installed from its root', () => {
  const level = (...names: string[]) => ({ files: new Map(names.map((name) => [name, 'a'.repeat(64)])) })
  const plan = chooseTool(
    { name: 'nodejs', options: {} },
    {
      levels: [level(), level(), level('yarn.lock')],
      packageManager: undefined,
      programs: new Set(['yarn']),
    },
  )
  if (plan.kind !== 'install') throw new Error(plan.sentence)
  const folder = folderWith({ 'root/a/b/x': '' })
  const where = execFileSync('/bin/sh', ['-c', `${changeFolder(plan)}\npwd`], {
    cwd: join(folder, 'root/a/b'),
  })
  expect(String(where).trim()).toMatch(/\/root$/)
})
