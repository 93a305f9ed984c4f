/**
 * How often the callers of one address may be wrong about who they are.
 *
 * Owns: the counts. Does not own: what a failure is, nor the answer (failed-authentication).
 *
 * Only failures are counted, and only a failure is ever answered with "wait". A good token always passes: behind one proxy
 * or one office's address sit many, and whoever has a wrong one must not be able to lock the others out. Guessing is
 * hopeless at any speed (a token has 160 random bits); what the limit slows down are forgotten programs with a token that
 * was revoked, and whoever tries.
 *
 * The counts are this process's own, and bounded: the address that failed the longest ago is forgotten first.
 */
import { isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

export interface FailureLimit {
  /**
   * Counts a failure.
   *
   * @param address Of the connection itself, never of a header, which anybody can write. Undefined for a Unix socket,
   *   whose callers share this machine: they are not counted.
   */
  failed(address: string | undefined): FailureVerdict
}

export type FailureVerdict =
  | { readonly limited: false }
  | {
      readonly limited: true
      /** Until a failure of this address is within the limit again. */
      readonly waitSeconds: number
      /** The address, or its network. */
      readonly from: string
      /** Nothing was said of it within the last minute. */
      readonly isNews: boolean
    }

export interface FailureLimitOptions {
  /** 0: no limit. */
  readonly perMinute: number
  readonly now: () => Date
  readonly mostAddresses?: number
}

const MOST_ADDRESSES = 10_000
const MINUTE_MS = 60_000

/** What is left to an address: it fills up again evenly, to the whole in a minute. */
interface Allowance {
  readonly left: number
  readonly at: number
  /** When it was news that the address was limited. */
  readonly toldAt: number
}

const UNLIMITED: FailureVerdict = { limited: false }

export function createFailureLimit({
  perMinute,
  now,
  mostAddresses = MOST_ADDRESSES,
}: FailureLimitOptions): FailureLimit {
  // In the order of their last failures.
  const allowances = new Map<string, Allowance>()

  const allowanceOf = (from: string, time: number): Allowance => {
    const known = allowances.get(from)
    if (known === undefined) return { left: perMinute, at: time, toldAt: Number.NEGATIVE_INFINITY }
    const gained = (Math.max(0, time - known.at) / MINUTE_MS) * perMinute
    return { ...known, left: Math.min(perMinute, known.left + gained), at: time }
  }

  return {
    failed(address) {
      if (perMinute === 0 || address === undefined) return UNLIMITED
      const from = placeOf(address)
      const time = now().getTime()
      const allowance = allowanceOf(from, time)
      const limited = allowance.left < 1
      const isNews = limited && time - allowance.toldAt >= MINUTE_MS
      allowances.delete(from)
      allowances.set(from, {
        left: limited ? allowance.left : allowance.left - 1,
        at: time,
        toldAt: isNews ? time : allowance.toldAt,
      })
      for (const oldest of allowances.keys()) {
        if (allowances.size <= mostAddresses) break
        allowances.delete(oldest)
      }
      if (!limited) return UNLIMITED
      const waitSeconds = Math.ceil(((1 - allowance.left) / perMinute) * 60)
      return { limited, waitSeconds, from, isNews }
    },
  }
}

/** Who has one address of an IPv6 network has 2^64 of them: they count as one. */
export function placeOf(address: string): string {
  if (!isIPv6(address)) return address
  const parsed = ipaddr.process(address.split('%')[0] ?? address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString()
  return `${new ipaddr.IPv6([...parsed.parts.slice(0, 4), 0, 0, 0, 0])}/64`
}
