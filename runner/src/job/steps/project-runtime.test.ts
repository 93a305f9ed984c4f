import { expect, test } from 'vitest'
import { LONGEST_PROJECT_BYTES, projectRuntime } from './project-runtime.ts'

test.each([
  ['name: web\nruntime: nodejs\n', 'nodejs'],
  ['name: web\r\nruntime: "yaml" # said\r\n', 'yaml'],
  ['name: web\nruntime:\n  name: python\n  options: {}\n', 'python'],
  ['{"name": "web", "runtime": {"name": "go"}}', 'go'],
  ['x: &a [1]\ny: *a\nruntime: { name: yaml }\n', 'yaml'],
  ['name: web\n', undefined],
  ['name: [', undefined],
  ['runtime: {}\n', undefined],
  ['- runtime', undefined],
  ['x: &a yaml\nruntime: *a\n', undefined],
  ['', undefined],
])('%j names %s', async (content, runtime) => {
  expect((await projectRuntime(content))?.name).toBe(runtime)
})

test('its options are read, where they are text', async () => {
  const content =
    'name: web\nruntime:\n  name: python\n  options:\n    toolchain: uv\n    virtualEnv: venv\n    typechecker: [x]\n    x: *a\n'
  expect(await projectRuntime(content)).toEqual({
    name: 'python',
    options: { toolchain: 'uv', virtualenv: 'venv' },
  })
  expect(await projectRuntime('runtime: nodejs\n')).toEqual({ name: 'nodejs', options: {} })
})

/** Without `runtime: name` on a line, so that the parser has to read all of it. */
const SLOW = {
  'many keys': `runtime: {name: yaml}\n${Array.from({ length: 33_000 }, (_, key) => `${key.toString(36)}:\n`).join('')}`,
  'keys on one line': `{${Array.from({ length: 33_000 }, (_, key) => key.toString(36)).join(',')}}`,
  'an alias bomb': `a0: &a0 [x]\n${Array.from({ length: 1_500 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]\n`).join('')}runtime: *a1000\n`,
  'many anchors': `x: [${'&a b,'.repeat(12_000)}]\nruntime: [*a]\n`,
  'many aliases': `x: &a b\ny: [${'*a ,'.repeat(12_000)}]\nruntime: [*a]\n`,
  'deep brackets': '['.repeat(LONGEST_PROJECT_BYTES),
  'deep dashes': '- '.repeat(LONGEST_PROJECT_BYTES / 2),
  'deep keys': '? '.repeat(LONGEST_PROJECT_BYTES / 2),
  'blank lines': `a:${'\n'.repeat(LONGEST_PROJECT_BYTES)}`,
  spaces: `runtime:${' '.repeat(LONGEST_PROJECT_BYTES)}`,
  'many documents': '---\n'.repeat(16_000),
  'one long text': `a: "${'x '.repeat(32_000)}"`,
}

test.each(Object.entries(SLOW))(
  '%s keep the runner busy for no longer than an ordinary file',
  async (_, content) => {
    const begun = performance.now()
    await projectRuntime(content)
    expect(performance.now() - begun).toBeLessThan(3_000)
  },
)
