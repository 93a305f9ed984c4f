/** Compares random lives of a stack, as many as wanted, the same for the same seed. */
import fc from 'fast-check'
import type { EntryKind } from '../entry.ts'
import { compareWithCli } from './compare.ts'
import { scenarios } from './random-steps.ts'
import type { Scenario } from './scenarios.ts'

export interface Lives {
  readonly lives: number
  readonly steps: number
  readonly succeeded: number
  readonly kinds: ReadonlySet<EntryKind>
}

/** @throws with the smallest life that was found in some minutes in which the states differ, and its seed. */
export async function compareRandomLives(
  pulumi: string,
  { seed, lives, steps }: { readonly seed: number; readonly lives: number; readonly steps: number },
  onDifference: (life: Scenario, error: unknown) => void,
): Promise<Lives> {
  let done = 0
  let stepsDone = 0
  let succeeded = 0
  const kinds = new Set<EntryKind>()
  await fc.assert(
    fc.asyncProperty(scenarios(steps), fc.boolean(), async (scenario, shuffled) => {
      const compared = await compareWithCli(pulumi, scenario, { shuffled }).catch((error: unknown) => {
        // Making it smaller takes minutes, in which one may already look at it.
        onDifference(scenario, error)
        throw error
      })
      done += 1
      stepsDone += scenario.steps.length
      succeeded += compared.succeeded
      for (const kind of compared.kinds) kinds.add(kind)
    }),
    {
      seed,
      numRuns: lives,
      markInterruptAsFailure: true,
      interruptAfterTimeLimit: SHRINK_MS + lives * steps * STEP_MS,
    },
  )
  return { lives: done, steps: stepsDone, succeeded, kinds }
}

const SHRINK_MS = 5 * 60_000
const STEP_MS = 5_000
