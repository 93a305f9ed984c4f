/** `daypass pause` and `resume`: whether deployments of a stack, or of a whole organization, begin. */
import {
  DEPLOYMENTS_PAUSE_PATH,
  DEPLOYMENTS_RESUME_PATH,
  ORGANIZATION_DEPLOYMENTS_PAUSE_PATH,
  ORGANIZATION_DEPLOYMENTS_RESUME_PATH,
} from '@daypass/contract/deployments.ts'
import type { Command } from 'commander'
import { type Static, Type } from 'typebox'
import type { Surroundings } from '../../failed-command.ts'
import { addServerCommand, organizationOption, stackOption } from '../../server-command.ts'
import { pathTo } from '../../server-path.ts'
import { stackPath } from '../../stack-name.ts'

const Pause = Type.Object({
  paused: Type.Boolean(),
  organization: Type.String(),
  project: Type.Optional(Type.String({ description: 'Absent: it is about the whole organization.' })),
  stack: Type.Optional(Type.String()),
})
type Pause = Static<typeof Pause>

const COMMANDS = [
  {
    name: 'pause',
    summary: 'let no deployment of a stack or an organization begin; those that run go on',
    ofStack: DEPLOYMENTS_PAUSE_PATH,
    ofOrganization: ORGANIZATION_DEPLOYMENTS_PAUSE_PATH,
    paused: true,
  },
  {
    name: 'resume',
    summary: 'let deployments begin again; those that waited begin in their order',
    ofStack: DEPLOYMENTS_RESUME_PATH,
    ofOrganization: ORGANIZATION_DEPLOYMENTS_RESUME_PATH,
    paused: false,
  },
] as const

export function addPauseCommands(program: Command, surroundings: Surroundings): void {
  for (const { name, summary, ofStack, ofOrganization, paused } of COMMANDS) {
    addServerCommand(program, surroundings, {
      name,
      summary,
      options: [stackOption(), organizationOption('all deployments of this organization')],
      example: `daypass ${name} --stack acme/web/dev\ndaypass ${name} --org acme`,
      answer: Pause,
      run: async (session): Promise<Pause> => {
        const owner = await session.owner()
        if (owner.kind === 'stack') {
          await session.call('POST', stackPath(ofStack, owner.name))
          return { paused, ...owner.name }
        }
        const { organization } = owner
        await session.call('POST', pathTo(ofOrganization, { organization }))
        return { paused, organization }
      },
      show: ({ organization, project, stack }) =>
        `Deployments of ${stack === undefined ? `the organization ${organization}` : `${organization}/${project}/${stack}`} ${
          paused ? 'are paused' : 'go on, unless something else pauses them (`daypass queue`)'
        }.`,
    })
  }
}
