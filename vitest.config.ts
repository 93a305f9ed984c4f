import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'
import { quietReporter } from './tools/test-reporter.ts'

/** One more than the cores that a machine has at least: most of these tests wait for something, now and then. */
const SYSTEM_TEST_WORKERS = 3

/** Beside the sources: many, quick, and free of leftovers, so they share their workers. */
const unit: TestProjectInlineConfiguration = {
  test: {
    name: 'unit',
    include: ['{contract,trust,server,runner,cli,local-clouds,console,bench,demo,tools}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/fixtures/**', '**/*.long.test.ts'],
    pool: 'forks',
    isolate: false,
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    sequence: { groupOrder: 0 },
  },
}

/** The whole system, with real processes: after the unit tests, each file in a process of its own. */
const system: TestProjectInlineConfiguration = {
  test: {
    name: 'system',
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/fixtures/**', '**/*.long.test.ts'],
    pool: 'forks',
    isolate: true,
    maxWorkers: SYSTEM_TEST_WORKERS,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 10_000 } },
    sequence: { groupOrder: 1 },
  },
}

/** `npm run test:long`: one file at a time, for as long as it takes, printing seeds and counts. */
const long: TestProjectInlineConfiguration = {
  test: {
    name: 'long',
    include: ['**/*.long.test.ts'],
    exclude: ['**/node_modules/**', '**/fixtures/**'],
    pool: 'forks',
    isolate: true,
    fileParallelism: false,
    testTimeout: 60 * 60_000,
    hookTimeout: 120_000,
  },
}

export default defineConfig(({ mode }) => ({
  test: {
    // One PostgreSQL for the run; each test clones a database of its own from it.
    globalSetup: ['test/harness/global-setup.ts'],
    projects: mode === 'long' ? [long] : [unit, system],
    reporters: [quietReporter({ printsConsole: mode === 'long' })],
  },
}))
