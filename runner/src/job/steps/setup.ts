/**
 * Step 0: says who runs what and how, and what of the settings this runner leaves out.
 */

import type { JobSpec } from '@daypass/contract/job-protocol.ts'
import { isVariableName, RESERVED_VARIABLES } from '../../launch/entry.ts'
import type { Step } from '../context.ts'
import { SHORTEST_SECRET } from '../secret-forms.ts'

const LAUNCHERS = {
  bubblewrap: 'each step in a sandbox of its own (bubblewrap)',
  unshare: 'each step in namespaces of its own (unshare)',
  plain: 'WITHOUT ISOLATION (--launcher plain)',
} as const

export const setup: Step = async ({ spec, settings, launcher, log }) => {
  log.say(
    `Deployment ${spec.version} of ${spec.organization}/${spec.project}/${spec.stack}: ${spec.operation}`,
  )
  log.say(`Runner ${settings.runnerName} (Daypass ${settings.runnerVersion}), ${LAUNCHERS[launcher.name]}`)
  if (!launcher.isolates) {
    log.say('WARNING: this job can read all that the runner can, its pool token and other jobs included.')
  }
  if (spec.executorImage !== null) {
    log.say(
      `The image ${spec.executorImage} is not used: this runner runs jobs with the programs of its machine.`,
    )
  }
  for (const sentence of variableNotes(spec)) log.say(sentence)
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
