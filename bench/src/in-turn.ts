/** Two of the same kind that take turns, so that a slow minute of the machine hits both. */
import { compareTimes, median, type Verdict } from './bench.ts'

export async function compareInTurn(
  name: string,
  pair: {
    readonly ours: () => Promise<unknown>
    readonly peer: () => Promise<unknown>
    readonly peerIs: string
    readonly atMost: number
    /** Times until the code of a server is compiled; they count for neither. */
    readonly warmUp: number
    readonly measured: number
  },
): Promise<Verdict> {
  const [ours, peers]: [number[], number[]] = [[], []]
  for (let at = 0; at < pair.warmUp + pair.measured; at += 1) {
    peers.push(await millisecondsOf(pair.peer))
    ours.push(await millisecondsOf(pair.ours))
  }
  return compareTimes(name, {
    ours: median(ours.slice(pair.warmUp)),
    peer: median(peers.slice(pair.warmUp)),
    unit: 'ms',
    peerIs: pair.peerIs,
    atMost: pair.atMost,
  })
}

async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
