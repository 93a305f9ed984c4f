/**
 * Gives back the memory of what passed by and is over.
 *
 * The bytes of a buffer lie outside of JavaScript's heap. The collector runs when the heap has grown, hardly looks at
 * what the small objects in it hold outside, and so lets a hundred megabytes lie where one would do. A collection of the
 * young objects alone takes a millisecond and frees them.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** So much may lie there. */
const SPENT_BYTES = 16 * 1024 * 1024

type Collect = (options: { readonly type: 'minor' }) => void

let collect: Collect | undefined

/** Call it with the length of each large piece, when it has been used. */
export function spentMemory(): (bytes: number) => void {
  let spent = 0
  return (bytes) => {
    spent += bytes
    if (spent < SPENT_BYTES) return
    spent = 0
    collect ??= exposedCollector()
    collect({ type: 'minor' })
  }
}

/** V8 has no other way to ask for it; nothing else in the process gets to see it. */
function exposedCollector(): Collect {
  setFlagsFromString('--expose-gc')
  const collector: Collect = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  return collector
}
