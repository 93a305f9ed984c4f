/** Runs one scenario twice, with a journal and with the CLI's own states, and holds one against the other. */
import { expect } from 'vitest'
import type { EntryKind } from '../entry.ts'
import { type Chain, startChain } from './chain.ts'
import type { Scenario } from './scenarios.ts'
import type { Trouble } from './service.ts'

/** The CLI answers in half a second; the machine may have other work. */
export const STEP_TIMEOUT_MS = 30_000

export interface Compared {
  /** The kinds of entry that were replayed. */
  readonly kinds: ReadonlySet<EntryKind>
  /** Of the steps. */
  readonly succeeded: number
}

export async function compareWithCli(
  pulumi: string,
  { steps }: Scenario,
  trouble: Trouble,
): Promise<Compared> {
  let succeeded = 0
  const chains: Chain[] = []
  try {
    const journaled = await startChain(pulumi, 'journal', trouble)
    chains.push(journaled)
    const checkpointed = await startChain(pulumi, 'checkpoints', trouble)
    chains.push(checkpointed)
    for (const step of steps) {
      const [journal, checkpoints] = await Promise.all([journaled.run(step), checkpointed.run(step)])
      const outcome = `${step.name}:\n${journal.output}\n${checkpoints.output}`
      const succeeds = step.fails === 'perhaps' ? checkpoints.succeeded : !step.fails
      expect([journal.succeeded, checkpoints.succeeded], outcome).toEqual([succeeds, succeeds])
      expect(journal.state, outcome).toEqual(checkpoints.state)
      if (succeeds) succeeded += 1
    }
    return { kinds: journaled.service.kinds, succeeded }
  } finally {
    await Promise.all(chains.map((chain) => chain.close()))
  }
}
