/** The page `docs/performance.md`: written by a run, never by hand. */
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
}

export function reportText({ command, machine, benches }: Run): string {
  return `${[
    '# Performance',
    INTRODUCTION,
    `This page is written by a run, and never by hand: \`${command}\`. It says what came out, also where a goal was missed.`,
    table(['', ''], machine),
    ...benches.flatMap(section),
  ].join('\n\n')}\n`
}

const INTRODUCTION = `Each number of Daypass stands beside what you would use instead, measured on the same machine in the
same run, in turn with each other. So the ratio says more than the times: it changes little from machine to machine. A
goal is a bound on the ratio, or on our number where the peer is a limit. To repeat it, run
\`npm run bench\` on a machine that does nothing else; \`npm run bench -- --help\` tells the options.`

function section({ name, about, verdicts }: ReportedBench): string[] {
  const rows = verdicts.map(({ name: line, ours, peer, ratio, goal, reached }) => [
    `\`${line}\``,
    ours,
    peer,
    ratio,
    goal,
    reached ? 'ok' : '**short**',
  ])
  return [`## ${name}`, about.trim(), table(['Line', 'Daypass', 'Beside', 'Ratio', 'Goal', ''], rows)]
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`
  return [line(header), `|${header.map(() => '---|').join('')}`, ...rows.map(line)].join('\n')
}

/** A cell is one line, and a bar in it would end it. */
function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
