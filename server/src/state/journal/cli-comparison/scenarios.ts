/** Chains of steps: each begins with the state that the one before left. */
import type { Step } from './chain.ts'
import { OPERATIONS } from './operations.ts'
import { TROUBLES } from './troubles.ts'

export interface Scenario {
  readonly name: string
  readonly steps: readonly Step[]
}

export const SCENARIOS: readonly Scenario[] = [...OPERATIONS, ...TROUBLES]
