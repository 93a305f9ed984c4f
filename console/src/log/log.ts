/**
 * The log of a deployment as it is known so far. Lines only ever come at the end, each with its number in its step, so
 * that one that comes twice is noticed, and a line keeps its number and its address.
 */
import type { LogStreamLine, LogStreamStep } from '@daypass/contract/log-stream.ts'

export interface LogStep extends LogStreamStep {
  /** As they are shown: without line breaks, and pieces of a long one joined. */
  readonly lines: readonly string[]
  /** How many the server has sent. */
  readonly received: number
  /** What follows belongs to the last line, which has had no line break yet. */
  readonly isOpen: boolean
}

export interface Log {
  /** In their order. */
  readonly steps: readonly LogStep[]
  readonly lines: number
}

export const EMPTY_LOG: Log = { steps: [], lines: 0 }

/** Steps that are new or have another status. */
export function withSteps(log: Log, told: readonly LogStreamStep[]): Log {
  const steps = new Map(log.steps.map((step) => [step.step, step]))
  for (const { step, name, status } of told) {
    steps.set(step, { ...(steps.get(step) ?? NO_LINES), step, name, status })
  }
  return { ...log, steps: [...steps.values()].toSorted((a, b) => a.step - b.step) }
}

const NO_LINES = { lines: [], received: 0, isOpen: false } as const

/** Lines in their order; those that came before are left out. */
export function withLines(log: Log, told: readonly LogStreamLine[]): Log {
  const known = new Set(log.steps.map(({ step }) => step))
  const missing = told.filter(({ step }) => !known.has(step))
  const whole = missing.length === 0 ? log : withSteps(log, missing.map(nameless))
  const byStep = Map.groupBy(told, ({ step }) => step)
  const steps = whole.steps.map((step) => withLinesOf(step, byStep.get(step.step) ?? []))
  return { steps, lines: steps.reduce((sum, { lines }) => sum + lines.length, 0) }
}

function nameless({ step }: LogStreamLine): LogStreamStep {
  return { step, name: `Step ${step + 1}`, status: 'running' }
}

function withLinesOf(step: LogStep, told: readonly LogStreamLine[]): LogStep {
  const fresh = told.filter(({ index }) => index >= step.received)
  const last = fresh.at(-1)
  if (last === undefined) return step
  const lines = [...step.lines]
  let { isOpen } = step
  for (const { text } of fresh) {
    for (const piece of text.split(/(?<=\n)/)) {
      const shown = piece.replace(/\r?\n$/, '')
      if (isOpen) lines.push(`${lines.pop() ?? ''}${shown}`)
      else lines.push(shown)
      isOpen = !piece.endsWith('\n')
    }
  }
  return { ...step, lines, isOpen, received: last.index + 1 }
}

/** Numbers of the lines, from 1, that hold the words in any case, colors left out. */
export function linesWith({ steps }: Log, words: string): number[] {
  const wanted = words.toLowerCase()
  const found: number[] = []
  if (wanted === '') return found
  let number = 0
  for (const { lines } of steps) {
    for (const line of lines) {
      number += 1
      if (withoutColors(line).toLowerCase().includes(wanted)) found.push(number)
    }
  }
  return found
}

/** The whole log as a file. */
export function textOf({ steps }: Log): string {
  const written = ({ name, lines }: LogStep) =>
    `\n== ${name}\n${lines.map((line) => `${withoutColors(line)}\n`).join('')}`
  return steps.filter(hasBegun).map(written).join('')
}

export function hasBegun({ status, lines }: LogStep): boolean {
  return status !== 'not-started' || lines.length > 0
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const ESCAPES = /\u001b\[[0-9;?]*[A-Za-z]/g

export function withoutColors(text: string): string {
  return text.includes('\u001b') ? text.replace(ESCAPES, '') : text
}
