/** What a step that may have credentials begins with: a fresh token, the files that name it, and its variables. */
import { writeAwsProfiles } from './aws-profiles.ts'
import { writeLentGoogle } from './cloud-variables.ts'
import type { StepContext } from './context.ts'
import { type Environment, programEnvironment } from './environment.ts'
import type { Failure } from './failure.ts'

export async function beginProgramStep(
  context: StepContext,
): Promise<{ readonly env: Environment } | Failure> {
  const token = await context.tokens?.forStep()
  if (token && 'code' in token) return token
  await meetBroker(context)
  await writeAwsProfiles(context)
  await writeLentGoogle(context)
  return { env: programEnvironment(context, token?.token) }
}

/** It was started long ago, and nobody had to wait for it until now. */
async function meetBroker({ broker, findings, log }: StepContext): Promise<void> {
  const opened = await broker?.opened()
  if (opened?.ok) findings.broker = opened.address
  else if (opened) log.say(`Tokens and credentials on request are not to be had here: ${opened.reason}.`)
}
