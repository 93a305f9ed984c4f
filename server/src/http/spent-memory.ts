/**
 * Gives back the memory of large texts that passed by and are over.
 *
 * The bytes of a buffer lie outside of JavaScript's heap. The collector runs when the heap has grown, hardly looks at
 * what the small objects in it hold outside, and so lets a hundred megabytes lie where one would do. While a large text
 * passes, collecting the young objects takes a millisecond and frees its pieces; soon afterwards the whole heap, which is
 * small, is collected once.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** So much of one text may lie there; a smaller text is nobody's trouble. */
const SPENT_BYTES = 16 * 1024 * 1024
/** For what is still held while the last piece passes, and for the next large text, if it comes at once. */
const SOON_MS = 500

type Collect = (options: { readonly type: 'minor' | 'major' }) => void

let collect: Collect | undefined
let isScheduled = false

/** Of one text: call it with the length of each piece that has been used. */
export function spentMemory(): (bytes: number) => void {
  let spent = 0
  return (bytes) => {
    spent += bytes
    if (spent < SPENT_BYTES) return
    spent = 0
    collect ??= exposedCollector()
    collect({ type: 'minor' })
    if (!isScheduled) setTimeout(collectAll, SOON_MS).unref()
    isScheduled = true
  }
}

function collectAll(): void {
  isScheduled = false
  collect?.({ type: 'major' })
}

/** V8 has no other way to ask for it; nothing else in the process gets to see it. */
function exposedCollector(): Collect {
  setFlagsFromString('--expose-gc')
  const collector: Collect = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return collector
}
