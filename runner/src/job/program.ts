/**
 * What the script that found the program in the sandbox told about it: where it came from, the project file's name, and
 * its content.
 */
import { printable } from '../printable.ts'
import type { Findings, StepResult } from './context.ts'
import { failure } from './failure.ts'
import { projectRuntime } from './steps/project-runtime.ts'

/** Takes the facts of a script that ended well. */
export async function foundProgram(findings: Findings, folder: string, facts: string): Promise<StepResult> {
  findings.programFolder = folder
  const runtime = await projectRuntime(facts.split('\n').slice(2).join('\n'))
  if (runtime === undefined)
    return failure('source_no_program', 'Pulumi.yaml cannot be read: it is not valid YAML with a "runtime".')
  findings.runtime = runtime
  return undefined
}

/** @param where As the end of a sentence: `the root of the repository`. */
export function noProgram(where: string, listing: string, remedy: string): StepResult {
  const found = listing.trim().split('\n').filter(Boolean).map(printable).join(', ')
  return failure(
    'source_no_program',
    `There is no Pulumi.yaml in ${where}; found there: ${found || 'nothing'}. ${remedy}`,
  )
}
