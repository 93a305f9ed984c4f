/**
 * The page `docs/performance.md`: written by runs, never by hand. A run writes the sections of its own benchmarks and leaves
 * the others as the run before wrote them, so each says when and on what it was measured.
 */
import type { Verdict } from './bench.ts'
import type { Machine } from './machine.ts'

export interface ReportedBench {
  readonly name: string
  /** Markdown: what is measured, and how to read the lines. */
  readonly about: string
  readonly verdicts: readonly Verdict[]
}

export interface Run {
  /** What was called, such that a reader can call it too. */
  readonly command: string
  readonly machine: Machine
  readonly benches: readonly ReportedBench[]
  /** All there are, in the order of the page. */
  readonly names: readonly string[]
  /** The page as it was; undefined for a new one. */
  readonly before: string | undefined
}

export function reportText({ command, machine, benches, names, before }: Run): string {
  const sections = sectionsOf(before ?? '')
  for (const bench of benches) sections.set(bench.name, section(bench, { command, machine }))
  const shown = names.map((name) => sections.get(name)).filter((text) => text !== undefined)
  return `${['# Performance', INTRODUCTION, ...shown].join('\n\n')}\n`
}

/** By the names in their headings. */
function sectionsOf(page: string): Map<string, string> {
  const [, ...sections] = page.split(/^## /m)
  return new Map(sections.map((text) => [text.split('\n')[0] ?? '', `## ${text.trimEnd()}`]))
}

const INTRODUCTION = `Each number of Daypass stands beside what you would use instead, measured on the same machine in the
same run, in turn with each other. So the ratio says more than the times: it changes little from machine to machine. A
goal is a bound on the ratio, or on our number where the peer is a limit. To repeat it, run
\`npm run bench\` on a machine that does nothing else; \`npm run bench -- --help\` tells the options.

This page is written by runs, and never by hand. It says what came out, also where a goal was missed.`

function section(
  { name, about, verdicts }: ReportedBench,
  { command, machine }: Pick<Run, 'command' | 'machine'>,
): string {
  const rows = verdicts.map(({ name: line, ours, peer, ratio, goal, reached }) => [
    `\`${line}\``,
    ours,
    peer,
    ratio,
    goal,
    reached ? 'ok' : '**short**',
  ])
  const measured = machine.map(([what, value]) => `${what}: ${value}`).join(' · ')
  return [
    `## ${name}`,
    about.trim(),
    table(['Line', 'Daypass', 'Beside', 'Ratio', 'Goal', ''], rows),
    `\`${command}\` · ${measured}`,
  ].join('\n\n')
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`
  return [line(header), `|${header.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

/** A cell is one line, and a bar in it would end it. */
function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
