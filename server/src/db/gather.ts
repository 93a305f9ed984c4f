/**
 * Shares one statement among many callers.
 *
 * A first call goes out at once. Those that come while it is under way wait, and go together in the next one: under
 * load a statement and its commit are shared, and a lone call never waits for a timer. The order is kept, and a
 * statement always starts after the calls that it serves, so what it reads is no older than with one of their own.
 */

interface Waiting<Item, Result> {
  readonly item: Item
  readonly resolve: (result: Result) => void
  readonly reject: (reason: unknown) => void
}

/** Keeps a statement small enough to parse, and what one failure refuses. */
export const MOST_AT_ONCE = 256

/**
 * @param serve Called with 1 to {@link MOST_AT_ONCE} items, never again before it has settled. It answers with a result
 *   for each, in the same order; when it fails, all of its callers do.
 */
export function gather<Item, Result>(
  serve: (items: readonly Item[]) => Promise<readonly Result[]>,
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = []
  let serving = false

  async function serveAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.slice(0, MOST_AT_ONCE)
      waiting = waiting.slice(MOST_AT_ONCE)
      await serveBatch(batch)
    }
    serving = false
  }

  async function serveBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await serve(batch.map(({ item }) => item))
      if (results.length !== batch.length) {
        throw new Error(`${batch.length} calls were answered with ${results.length} results.`)
      }
      for (const [index, { resolve }] of batch.entries()) resolve(results[index] as Result)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (serving) return
      serving = true
      setImmediate(() => void serveAll()) // lets the other requests of this turn of the event loop join
    })
}
