// What `npm test` shows: failures in full on standard error, skipped tests with their reason, and as the very last
// line the counts. A green run says nothing else; what a passing test printed is dropped.
import type { SerializedError } from 'vitest'
import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node'
import { showProgress } from './setup/progress.mjs'

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

/** The last line, which other programs read. */
export function lastLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}

/** @param options.printsConsole show what tests print at once, whatever becomes of them */
export function quietReporter(options: { readonly printsConsole: boolean }): Reporter {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  const skipped: TestCase[] = []
  const printed = new Map<string, string>()
  let vitest: Vitest | undefined
  let progress: ReturnType<typeof showProgress> | undefined
  let files = 0
  let filesDone = 0

  const say = (text: string): void => void process.stdout.write(text)
  const complain = (text: string): void => void process.stderr.write(text)
  const showErrors = (title: string, errors: readonly unknown[], module?: TestModule): void => {
    complain(`\nFAILED ${title}\n`)
    for (const error of errors) {
      vitest?.logger.printError(error, module === undefined ? {} : { project: module.project })
    }
  }
  const showPrinted = (id: string): void => {
    const text = printed.get(id)
    if (text) complain(`--- printed by it:\n${text.trimEnd()}\n---\n`)
    printed.delete(id)
  }
  const countFailure = (entity: TestModule | TestSuite, title: string): void => {
    const errors = entity.errors()
    if (errors.length === 0) return
    counts.failed += 1
    showErrors(title, errors, entity.type === 'module' ? entity : entity.module)
    showPrinted(entity.id)
  }
  const finish = (): void => {
    progress?.stop()
    for (const test of skipped) {
      if (!isFilteredOut(test, vitest)) say(`skipped: ${titleOf(test)}: ${reasonOf(test)}\n`)
    }
    if (counts.passed + counts.failed === 0) {
      say('No test ran.\n')
      process.exitCode ||= 1
    }
    if (counts.failed > 0) process.exitCode ||= 1
    say(`${lastLine(counts)}\n`)
  }

  return {
    onInit(started) {
      vitest = started
      // At the exit, so that nothing that Vitest says while it closes comes after the last line.
      process.once('exit', finish)
    },
    onTestRunStart(specifications) {
      files = specifications.length
      progress = showProgress('Running the tests')
    },
    onTestModuleEnd(module) {
      filesDone += 1
      progress?.note(`${filesDone} of ${files} files, ${counts.passed + counts.failed} tests`)
      countFailure(module, module.relativeModuleId)
      printed.delete(module.id)
    },
    onTestSuiteResult(suite) {
      countFailure(suite, titleOf(suite))
    },
    onTestCaseResult(test) {
      const result = test.result()
      if (result.state === 'passed') counts.passed += 1
      if (result.state === 'failed') {
        counts.failed += 1
        showErrors(titleOf(test), result.errors, test.module)
        showPrinted(test.id)
      }
      if (result.state === 'skipped') {
        counts.skipped += 1
        skipped.push(test)
      }
      printed.delete(test.id)
    },
    onUserConsoleLog(log) {
      if (options.printsConsole) say(log.content)
      else if (log.taskId) printed.set(log.taskId, (printed.get(log.taskId) ?? '') + log.content)
    },
    onTestRunEnd(_modules, unhandled: readonly SerializedError[]) {
      for (const error of unhandled) {
        counts.failed += 1
        showErrors('outside of any test', [error])
      }
    },
  }
}

function titleOf(entity: TestCase | TestSuite): string {
  return `${entity.module.relativeModuleId} > ${entity.fullName}`
}

function reasonOf(test: TestCase): string {
  const result = test.result()
  if (result.state === 'skipped' && result.note !== undefined) return result.note
  let parent: TestCase['parent'] | undefined = test.parent
  while (parent !== undefined) {
    if (parent.errors().length > 0) return 'what should have prepared it failed'
    parent = parent.type === 'module' ? undefined : parent.parent
  }
  return 'no reason given'
}

/** With `-t` all tests of other names count as skipped; nobody needs to read their list. */
function isFilteredOut(test: TestCase, vitest: Vitest | undefined): boolean {
  return vitest?.config.testNamePattern !== undefined && test.options.mode === 'skip'
}
