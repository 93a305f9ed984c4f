import { expect, test } from 'vitest'
import type { StepContext } from '../context.ts'
import { installDependencies } from './dependencies.ts'

test.each(['constructor', 'toString', '__proto__', 'yaml'])(
  'a runtime called %s has nothing to install',
  async (runtime) => {
    const said: string[] = []
    const context = {
      findings: { runtime: { name: runtime, options: {} } },
      log: { say: (line: string) => said.push(line) },
    }
    // No more than these two is looked at; running anything would throw.
    expect(await installDependencies(context as unknown as StepContext)).toBeUndefined()
    expect(said).toEqual([`A program in ${runtime} has no dependencies to install.`])
  },
)
