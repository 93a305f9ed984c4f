// The commands of the house, as data: what each one runs and what must stand ready first.

/**
 * @typedef {object} Command
 * @property {string} summary one line for --help
 * @property {readonly string[] | undefined} run what Node 24 is started with; the caller's arguments follow. Undefined:
 *   the set-up itself is what was asked for
 * @property {boolean} pulumi needs the Pulumi CLI and its language hosts
 * @property {boolean} [isTest] runs tests, whose files lie in memory where there is room
 * @property {'found' | 'built'} [gitea] has tests for a real git host: takes one that is there, or builds it
 * @property {boolean} console needs the console's build, when there is a console
 */

const VITEST = 'node_modules/vitest/vitest.mjs'

/** @type {Readonly<Record<string, Command>>} */
export const COMMANDS = {
  demo: {
    summary: 'run the whole flow on local clouds; in a terminal it stays for a look until Ctrl-C',
    run: ['demo/main.ts'],
    pulumi: true,
    console: true,
  },
  start: {
    summary: 'start the server and one runner, until stopped',
    run: ['cli/src/main.ts', 'start'],
    pulumi: true,
    console: true,
  },
  test: {
    summary: 'run the tests; a file name as argument runs that file',
    run: [VITEST, 'run'],
    isTest: true,
    pulumi: true,
    gitea: 'found',
    console: true,
  },
  'test-long': {
    summary: 'run the long tests (*.long.test.ts), which print their seeds and counts',
    run: [VITEST, 'run', '--mode', 'long'],
    isTest: true,
    pulumi: true,
    gitea: 'built',
    console: true,
  },
  check: {
    summary: 'types, lint and format, boundaries, links and commands of the docs, drift of what is generated',
    run: ['tools/check.ts'],
    pulumi: false,
    console: false,
  },
  fix: {
    summary: 'repair format and lint where a program can',
    run: ['node_modules/@biomejs/biome/bin/biome', 'check', '--write'],
    pulumi: false,
    console: false,
  },
  'local-clouds': {
    summary: 'start strict AWS, Azure and Google Cloud on loopback, until stopped',
    run: ['local-clouds/src/main.ts'],
    pulumi: false,
    console: false,
  },
  bench: {
    summary: 'run the benchmarks, or those named as arguments',
    run: ['bench/main.ts'],
    pulumi: true,
    console: true,
  },
  'setup-gitea': {
    summary: 'build Gitea, with which `npm test` tries a real git host (6 minutes, cached)',
    run: undefined,
    pulumi: false,
    gitea: 'built',
    console: false,
  },
  'db-dump': {
    summary: 'write server/schema.sql from the migrations',
    run: ['tools/schema-dump.ts'],
    pulumi: false,
    console: false,
  },
  'contract-dump': {
    summary: "write contract/openapi.json and docs/api.md from the server's routes",
    run: ['tools/contract-dump.ts'],
    pulumi: false,
    console: false,
  },
  'docs-pictures': {
    summary: 'take the pictures of the README from the last `npm test -- console-story`',
    run: ['tools/docs-pictures.ts'],
    pulumi: false,
    console: false,
  },
  'cli-dump': {
    summary: 'write docs/cli.md from the command tree of daypass',
    run: ['tools/cli-dump.ts'],
    pulumi: false,
    console: false,
  },
}

/** @returns {string} the text of --help */
export function usage() {
  const lines = Object.entries(COMMANDS).map(([name, { summary }]) => `  ${name.padEnd(13)} ${summary}`)
  return ['Usage: node tools/setup.mjs <command> [arguments]', '', ...lines].join('\n')
}
