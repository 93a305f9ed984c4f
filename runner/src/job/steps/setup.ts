/**
 * Step 0: says who runs what and how, and what of the settings this runner leaves out.
 */

import type { JobSpec } from '@daypass/contract/job-protocol.ts'
import { isVariableName, RESERVED_VARIABLES } from '../../launch/entry.ts'
import type { Step } from '../context.ts'
import { failure } from '../failure.ts'
import { SHORTEST_SECRET } from '../secret-forms.ts'

const LAUNCHERS = {
  bubblewrap: 'each step in a sandbox of its own (bubblewrap)',
  unshare: 'each step in namespaces of its own (unshare)',
  plain: 'WITHOUT ISOLATION (--launcher plain)',
  docker: 'each step in a container of its own (docker)',
} as const

export const setup: Step = async ({ spec, settings, launcher, job, supervision, broker, log }) => {
  log.say(
    `Deployment ${spec.version} of ${spec.organization}/${spec.project}/${spec.stack}: ${spec.operation}`,
  )
  log.say(`Runner ${settings.runnerName} (Daypass ${settings.runnerVersion}), ${LAUNCHERS[launcher.name]}`)
  if (!launcher.isolates) {
    log.say('WARNING: this job can read all that the runner can, its pool token and other jobs included.')
  }
  if (spec.executorImage !== null && launcher.name !== 'docker') {
    log.say(
      `The image ${spec.executorImage.reference} is not used: this runner was told to ignore images (--ignore-executor-images).`,
    )
  }
  for (const sentence of variableNotes(spec)) log.say(sentence)
  if (spec.cache && spec.skipInstallDependencies) {
    log.say(
      'The cache is not used: it holds what the step "Download dependencies" fetches, which is skipped.',
    )
  }
  const refusal = await launcher.prepare?.(job, { say: log.say, interrupt: supervision.interrupt })
  if (refusal !== undefined) return failure('executor_image_unavailable', refusal)
  broker?.start()
  return undefined
}

function variableNotes(spec: JobSpec): readonly string[] {
  return spec.environment.flatMap(({ name, value, secret }) => {
    if (RESERVED_VARIABLES.has(name))
      return [`The variable ${name} is left out: shells keep this name for themselves.`]
    if (!isVariableName(name))
      return [`The variable ${JSON.stringify(name)} is left out: no shell takes such a name.`]
    if (secret && value.trim().length < SHORTEST_SECRET && value !== '') {
      return [`The secret ${name} is too short to be hidden in this log.`]
    }
    return []
  })
}
