/** What a step that may have credentials begins with: a fresh token, the files that name it, and its variables. */
import { writeAwsProfiles } from './aws-profiles.ts'
import type { JobContext } from './context.ts'
import { type Environment, programEnvironment } from './environment.ts'
import type { Failure } from './failure.ts'

export async function beginProgramStep(
  context: JobContext,
): Promise<{ readonly env: Environment } | Failure> {
  const token = await context.tokens?.forStep()
  if (token && 'code' in token) return token
  await writeAwsProfiles(context)
  return { env: programEnvironment(context, token?.token) }
}
