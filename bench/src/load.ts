/** Many clients at once against one server. */
import { fileURLToPath } from 'node:url'
import { startChild } from './child.ts'
import type { Cores } from './cores.ts'

export interface Load {
  readonly url: string
  readonly connections: number
  readonly seconds: number
  /** Each connection sends them in turn, and each begins with another one. */
  readonly requests: readonly {
    readonly method: 'POST'
    readonly path: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string
  }[]
}

export interface LoadAnswer {
  readonly perSecond: number
  readonly failures: number
  readonly p50Milliseconds: number
  readonly p99Milliseconds: number
}

export interface LoadGenerator {
  /** @throws when a single request failed: a refused token is no token. */
  readonly apply: (load: Load) => Promise<LoadAnswer>
  readonly stop: () => Promise<void>
}

export function startLoadGenerator(cores: Cores): LoadGenerator {
  const child = startChild(
    cores.onOtherCore([process.execPath, fileURLToPath(new URL('load-process.ts', import.meta.url))]),
  )
  return {
    // By stdin, because arguments can be read by everybody, and requests hold tokens.
    apply: async (load) => {
      child.process.stdin?.write(`${JSON.stringify(load)}\n`)
      const answer = JSON.parse(await child.nextLine()) as LoadAnswer
      if (answer.failures > 0) throw new Error(`${answer.failures} requests to ${load.url} failed.`)
      return answer
    },
    stop: child.stop,
  }
}
