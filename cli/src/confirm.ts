/** The question before something is gone for good. */
import { createInterface } from 'node:readline/promises'
import { Option } from 'commander'
import { EXIT } from './exit-code.ts'
import { FailedCommand, type Surroundings } from './failed-command.ts'
import { withoutControls } from './output.ts'

export interface ConfirmOptions {
  readonly yes?: boolean
}

export function yesOption(): Option {
  return new Option('-y, --yes', 'do not ask')
}

/** @throws {FailedCommand} unless `--yes` was given or somebody at a terminal says so. */
export async function confirm(
  what: string,
  { yes }: ConfirmOptions,
  { input }: Pick<Surroundings, 'input'>,
): Promise<void> {
  if (yes) return
  if (!input.isTTY) {
    throw new FailedCommand(
      `this would ${what}: give --yes, for there is no terminal to ask at.`,
      EXIT.misused,
    )
  }
  const ask = createInterface({ input, output: process.stderr })
  const answer = await ask.question(withoutControls(`This will ${what}. Go on? [y/N] `))
  ask.close()
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new FailedCommand('nothing was done.')
}
