import { expect, test } from 'vitest'
import { chooseTool } from './choose.ts'
import type { Inspection } from './inspect.ts'
import { TOOL_NAMES, TOOLS } from './tools.ts'

const SHA = 'a'.repeat(64)
const ALL = new Set([...TOOL_NAMES.map((name) => TOOLS[name].program)])

interface Given {
  readonly runtime: string
  readonly options?: Record<string, string>
  /** From the program's folder upwards. */
  readonly files: readonly (readonly string[])[]
  readonly packageManager?: string
  readonly without?: readonly string[]
  readonly corepack?: boolean
}

function choose({ runtime, options = {}, files, packageManager, without = [], corepack = false }: Given) {
  const programs = new Set([...ALL].filter((name) => !without.includes(name)))
  if (corepack) programs.add('corepack')
  const inspection: Inspection = {
    levels: files.map((names) => ({ files: new Map(names.map((name) => [name, SHA])) })),
    packageManager,
    programs,
  }
  return chooseTool({ name: runtime, options }, inspection)
}

const js = (...files: (readonly string[])[]): Given => ({ runtime: 'nodejs', files })
const py = (options: Record<string, string>, ...files: (readonly string[])[]): Given => ({
  runtime: 'python',
  options,
  files,
})

test.each<[string, Given, string]>([
  ['npm by its lock file', js(['package.json', 'package-lock.json']), 'npm package-lock.json +0'],
  ['npm by its other lock file', js(['package.json', 'npm-shrinkwrap.json']), 'npm npm-shrinkwrap.json +0'],
  ['yarn', js(['package.json', 'yarn.lock']), 'yarn yarn.lock +0'],
  ['pnpm', js(['package.json', 'pnpm-lock.yaml']), 'pnpm pnpm-lock.yaml +0'],
  ['bun, by text', js(['package.json', 'bun.lock']), 'bun bun.lock +0'],
  ['bun, by bytes', js(['package.json', 'bun.lockb']), 'bun bun.lockb +0'],
  ['no lock file', js(['package.json']), 'npm unlocked +0'],
  [
    'a workspace, whose root has the lock file',
    js(['package.json'], [], ['package.json', 'yarn.lock']),
    'yarn yarn.lock +2',
  ],
  [
    'a lock file beside the program before one above',
    js(['yarn.lock', 'package.json'], ['pnpm-lock.yaml']),
    'yarn yarn.lock +0',
  ],
  [
    'npm where several are',
    js(['package.json', 'yarn.lock', 'package-lock.json']),
    'npm package-lock.json +0',
  ],
  ['nothing to install', js([]), 'There is no package.json, so there is nothing to install.'],
  [
    'package.json says which',
    { ...js(['package.json', 'package-lock.json']), packageManager: 'pnpm@9.1.0' },
    'pnpm unlocked +0 @9.1.0',
  ],
  [
    '… with a hash behind it',
    { ...js(['package.json', 'yarn.lock']), packageManager: 'yarn@4.1.0+sha224.ab' },
    'yarn yarn.lock +0 @4.1.0',
  ],
  [
    '… through corepack where it is',
    { ...js(['package.json', 'yarn.lock']), packageManager: 'yarn@4.1.0', corepack: true },
    'corepack yarn yarn.lock +0 @4.1.0',
  ],
  [
    'corepack instead of the tool',
    { ...js(['package.json', 'pnpm-lock.yaml']), corepack: true, without: ['pnpm'] },
    'corepack pnpm pnpm-lock.yaml +0',
  ],
  [
    'the tool itself where nothing is pinned',
    { ...js(['package.json', 'pnpm-lock.yaml']), corepack: true },
    'pnpm pnpm-lock.yaml +0',
  ],
  [
    'a package manager nobody knows is left to npm',
    { ...js(['package.json']), packageManager: 'vlt@1.0.0' },
    'npm unlocked +0',
  ],
  [
    'Pulumi.yaml before package.json',
    {
      ...js(['package.json', 'yarn.lock', 'bun.lock']),
      options: { packagemanager: 'bun' },
      packageManager: 'yarn@4.1.0',
    },
    'bun bun.lock +0',
  ],
  [
    'Pulumi.yaml says auto',
    { ...js(['package.json', 'yarn.lock']), options: { packagemanager: 'auto' } },
    'yarn yarn.lock +0',
  ],
  ['the bun runtime', { runtime: 'bun', files: [['package.json', 'package-lock.json']] }, 'bun unlocked +0'],
  ['pip', py({}, ['requirements.txt']), 'pip requirements.txt +0'],
  ['pip, with a virtual environment to make', py({ virtualenv: 'venv' }, []), 'pip unlocked +0 (venv)'],
  [
    'pip does not look above',
    py({}, [], ['requirements.txt']),
    'There is no requirements.txt, so there is nothing to install.',
  ],
  ['poetry by its lock file', py({}, ['pyproject.toml', 'poetry.lock']), 'poetry poetry.lock +0'],
  [
    'uv by its lock file, above',
    py({ virtualenv: '.venv' }, ['pyproject.toml'], ['uv.lock']),
    'uv uv.lock +1 (.venv)',
  ],
  ['the toolchain of Pulumi.yaml', py({ toolchain: 'uv' }, ['requirements.txt']), 'uv unlocked +0'],
  [
    'poetry as toolchain',
    py({ toolchain: 'poetry' }, ['pyproject.toml', 'requirements.txt']),
    'poetry unlocked +0',
  ],
  ['go', { runtime: 'go', files: [['go.mod', 'go.sum']] }, 'go go.sum +0'],
  ['go without sums', { runtime: 'go', files: [[], ['go.mod']] }, 'go unlocked +1'],
  [
    'dotnet',
    { runtime: 'dotnet', files: [['*.csproj', 'packages.lock.json']] },
    'dotnet packages.lock.json +0',
  ],
  ['dotnet without a lock file', { runtime: 'dotnet', files: [['*.fsproj']] }, 'dotnet unlocked +0'],
  [
    'yaml',
    { runtime: 'yaml', files: [['package.json']] },
    'A program in yaml has no dependencies to install.',
  ],
])('%s', (_what, given, expected) => {
  const choice = choose(given)
  if (choice.kind !== 'install') return expect(choice).toEqual({ kind: 'nothing', sentence: expected })
  const { name, lock, up, viaCorepack, pinned, virtualenv } = choice
  const words = [viaCorepack ? 'corepack' : '', name, lock?.name ?? 'unlocked', `+${up}`]
  words.push(pinned ? `@${pinned}` : '', virtualenv ? `(${virtualenv})` : '')
  expect(words.filter(Boolean).join(' ')).toBe(expected)
})

test.each(TOOL_NAMES)('%s that is not installed is named, with the way to get it', (name) => {
  const language = { pip: 'python', poetry: 'python', uv: 'python', go: 'go', dotnet: 'dotnet' }[
    name as 'pip'
  ]
  const [lock = ''] = TOOLS[name].locks
  const manifest = TOOLS[name].manifests[0] ?? ''
  const choice = choose({
    runtime: language ?? 'nodejs',
    files: [[lock, manifest]],
    without: [TOOLS[name].program],
  })
  expect(choice).toMatchObject({ kind: 'impossible' })
  const sentence = choice.kind === 'impossible' ? choice.sentence : ''
  expect(sentence).toContain(`${TOOLS[name].program} is not installed`)
  expect(sentence).toContain(lock)
  expect(sentence).toContain(TOOLS[name].toGet)
})

test('a tool that is not known is refused with those that are', () => {
  const choice = choose({ runtime: 'python', options: { toolchain: 'conda' }, files: [[]] })
  expect(choice).toMatchObject({
    kind: 'impossible',
    sentence: expect.stringMatching(/"conda".*pip, poetry, uv/),
  })
})
