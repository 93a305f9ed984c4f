/**
 * What a benchmark is here: our number beside what a user would pick instead, and the goal for the two.
 *
 * Owns the one form of a result line, so that a script can read all of them.
 */

export interface BenchOptions {
  /** How often each contender runs, in turn with the others; the median counts. */
  readonly rounds: number
  /** How long each contender runs in a round, in seconds. */
  readonly seconds: number
  /** The `pulumi` binary; undefined when none is at hand. */
  readonly pulumi: string | undefined
  /** For the processes that a benchmark starts. */
  readonly environment: NodeJS.ProcessEnv
  /** Where a person who waits reads what is going on. */
  readonly progress: (text: string) => void
}

export interface Verdict {
  readonly name: string
  readonly ours: string
  readonly peer: string
  readonly ratio: string
  readonly goal: string
  readonly reached: boolean
}

/** Yields each result as soon as it is known. */
export type Bench = (options: BenchOptions) => AsyncIterable<Verdict>

export function verdictLine({ name, ours, peer, ratio, goal, reached }: Verdict): string {
  return `bench ${name}: ${ours} vs ${peer} = ${ratio} (goal ${goal}) ${reached ? 'ok' : 'short'}`
}

/** A rate beside another: `ours / peer` must reach `atLeast`; without it, the line is there to be read. */
export function compareRates(
  name: string,
  rates: { readonly ours: number; readonly peer: number; readonly atLeast?: number },
): Verdict {
  const ratio = rates.ours / rates.peer
  return {
    name,
    ours: perSecond(rates.ours),
    peer: perSecond(rates.peer),
    ratio: ratio.toFixed(2),
    goal: rates.atLeast === undefined ? 'none' : `>= ${rates.atLeast}`,
    reached: rates.atLeast === undefined || ratio >= rates.atLeast,
  }
}

/** How long something takes beside another; what it is compared with stands behind the peer's number. */
export function compareTimes(
  name: string,
  times: {
    readonly ours: number
    readonly peer: number
    readonly unit: 's' | 'ms'
    readonly peerIs?: string
    readonly atMost: number
  },
): Verdict {
  const { ours, peer, unit, peerIs, atMost } = times
  const ratio = ours / peer
  const text = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`
  return {
    name,
    ours: text(ours),
    peer: text(peer) + (peerIs === undefined ? '' : ` ${peerIs}`),
    ratio: ratio.toFixed(2),
    goal: `<= ${atMost}`,
    reached: ratio <= atMost,
  }
}

/** A measure that may not exceed a limit; the limit stands where the peer would. */
export function holdBelow(
  name: string,
  measure: { readonly value: number; readonly limit: number; readonly unit: string },
): Verdict {
  const { value, limit, unit } = measure
  return {
    name,
    ours: `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`,
    peer: `${limit} ${unit}`,
    ratio: (value / limit).toFixed(2),
    goal: `< ${limit} ${unit}`,
    reached: value < limit,
  }
}

/** A rate that must reach a bound of its own; how it stands beside the peer's is there to be read. */
export function holdAbove(
  name: string,
  measure: {
    readonly value: number
    readonly peer: { readonly value: number; readonly is: string }
    readonly least: number
    readonly unit: string
  },
): Verdict {
  const { value, peer, least, unit } = measure
  return {
    name,
    ours: `${value.toFixed(0)} ${unit}`,
    peer: `${peer.value.toFixed(0)} ${unit} by ${peer.is}`,
    ratio: (value / peer.value).toFixed(2),
    goal: `>= ${least} ${unit}`,
    reached: value >= least,
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]]
  if (low === undefined || high === undefined) throw new RangeError('There is no median of nothing.')
  return (low + high) / 2
}

/** The smallest value that `share` of them (0 to 1) do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
  if (value === undefined) throw new RangeError('There is no percentile of nothing.')
  return value
}

function perSecond(rate: number): string {
  return `${Math.round(rate)}/s`
}
