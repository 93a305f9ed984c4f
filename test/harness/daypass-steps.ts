/** Walks a table of `daypass` commands, one after the other, as a person would type them. */
import { expect } from 'vitest'
import { type DaypassOptions, type DaypassOutcome, daypassHere } from './daypass.ts'

export interface Step {
  /** Words as a shell would split them at blanks; `{name}` stands for what an earlier step kept. */
  readonly run: string
  readonly code?: number
  /** What `--json` prints: a matcher of Vitest. Without it the command is run for people. */
  readonly json?: unknown
  /** Of standard output. */
  readonly shows?: RegExp
  /** Of standard error; empty when absent and the code is 0. */
  readonly says?: RegExp
  readonly as?: DaypassOptions
  /** Keeps something of the JSON for later steps. */
  readonly keep?: (json: DaypassOutcome['json']) => Readonly<Record<string, string>>
}

export async function walk(steps: readonly Step[], options: DaypassOptions): Promise<void> {
  const kept: Record<string, string> = {}
  for (const step of steps) {
    const words = step.run.split(' ').map((word) => word.replace(/\{(\w+)\}/g, (_, name) => kept[name] ?? ''))
    const args = step.json === undefined && step.keep === undefined ? words : [...words, '--json']
    const outcome = await daypassHere(args, { ...options, ...step.as })
    const { code, stdout, stderr } = outcome
    expect(code, `daypass ${args.join(' ')}\n${stdout}${stderr}`).toBe(step.code ?? 0)
    if (step.json !== undefined) expect(outcome.json, step.run).toEqual(step.json)
    if (step.shows) expect(stdout, step.run).toMatch(step.shows)
    else if (step.json === undefined && code !== 0) expect(stdout, step.run).toBe('')
    if (step.says) expect(stderr, step.run).toMatch(step.says)
    else if (code === 0) expect(stderr, step.run).toBe('')
    // Nothing here is a terminal.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(stdout + stderr, step.run).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/)
    Object.assign(kept, step.keep?.(outcome.json))
  }
}
