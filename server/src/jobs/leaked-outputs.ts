/**
 * Outputs that hold a credential of the deployment in clear: whoever may read the stack could use it while it lives.
 *
 * The state is the program's own and stays as it is; the log says which outputs to mark as secrets.
 */
import type { Database } from '../db/database.ts'
import type { Fingerprints } from '../fingerprints/fingerprint.ts'
import { NO_CREDENTIALS } from '../fingerprints/matcher.ts'
import { currentState } from '../state/current-state.ts'
import { membersOf, textOf } from '../state/json-span.ts'
import { rootOutputs } from '../state/root-outputs.ts'

export const LEAK_STEP = 'Look for credentials in outputs'

export interface LeakServices {
  readonly db: Database
  readonly fingerprints: Fingerprints
  readonly now: () => Date
}

/** The names of the outputs; a secret one is a ciphertext, and never among them. */
export async function leakedOutputs(
  { db, fingerprints, now }: LeakServices,
  { deploymentId, stackId }: { readonly deploymentId: string; readonly stackId: string },
): Promise<string[]> {
  const match = await fingerprints.ofDeployment(deploymentId)
  if (match === NO_CREDENTIALS) return []
  const state = await currentState(db, stackId, { version: undefined, now: now() })
  if (!state) return []
  const outputs = await rootOutputs(state.text)
  return [...membersOf(outputs)]
    .filter(([, span]) => match(textOf(outputs, span)).length > 0)
    .map(([name]) => name)
}

export function leakWarning(names: readonly string[]): string {
  const quoted = names.map((name) => JSON.stringify(name)).join(', ')
  return `Warning: a cloud credential of this deployment stands in clear in the outputs of the stack: ${quoted}. Mark what holds it as a secret (pulumi.secret), or better, do not export it.`
}
