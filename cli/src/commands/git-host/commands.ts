/** `daypass git-host`: which git hosts tell the organization of pushes and pull requests. Connecting is `daypass connect`. */
import {
  type GitHostResponse,
  GitHostResponse as HostAnswer,
  ListGitHostsResponse,
  TestGitHostResponse,
} from '@daypass/contract/git-hosts.ts'
import type { Command } from 'commander'
import { Type } from 'typebox'
import { type ConfirmOptions, confirm, yesOption } from '../../confirm.ts'
import { EXIT } from '../../exit-code.ts'
import { FailedCommand, type Surroundings } from '../../failed-command.ts'
import { plainTime, table } from '../../output.ts'
import { addServerCommand } from '../../server-command.ts'
import { addApproveCommand } from './approve.ts'
import { addGitDeliveryCommands } from './deliveries.ts'
import { hostArgument, hostOrganizationOption, hostPath, hostsPath, showHost } from './git-hosts.ts'
import { type CredentialOptions, credentialOptions, credentialsOf } from './host-options.ts'

export function addGitHostCommands(program: Command, surroundings: Surroundings): void {
  const host = program.command('git-host').description('which git hosts tell of pushes and pull requests')

  addServerCommand(host, surroundings, {
    name: 'list',
    summary: 'list the git hosts of an organization',
    options: [hostOrganizationOption()],
    example: 'daypass git-host list',
    answer: ListGitHostsResponse,
    run: async (session) => session.call('GET', await hostsPath(session)),
    show: ({ gitHosts }) =>
      table(
        gitHosts,
        {
          NAME: ({ name }) => name,
          KIND: ({ kind }) => kind,
          AT: ({ webUrl }) => webUrl,
          'LAST EVENT': ({ lastEvent }) => plainTime(lastEvent),
          PROBLEM: ({ lastFailure }) => lastFailure?.message,
        },
        'No git hosts. Connect one with `daypass connect`.',
      ),
  })

  addServerCommand(host, surroundings, {
    name: 'show',
    summary: 'show a git host, and where it is to send its webhooks',
    arguments: [hostArgument()],
    options: [hostOrganizationOption()],
    example: 'daypass git-host show github',
    answer: HostAnswer,
    run: async (session, _options, name) => session.call('GET', await hostPath(session, name)),
    show: showHost,
  })

  addServerCommand(host, surroundings, {
    name: 'edit',
    summary: 'change what is said of a git host, and leave the rest as it is',
    arguments: [hostArgument()],
    options: [hostOrganizationOption(), ...credentialOptions()],
    example:
      'daypass git-host edit github --host-token-file ./token\ndaypass git-host edit github --no-comments',
    answer: HostAnswer,
    run: async (session, options: CredentialOptions, name) => {
      const said = await credentialsOf(options, surroundings)
      if (Object.values(said).every((value) => value === undefined))
        throw new FailedCommand('say what to change; --help lists it.', EXIT.misused)
      return session.call('PATCH', await hostPath(session, name), said)
    },
    show: showHost,
  })

  addServerCommand(host, surroundings, {
    name: 'new-secret',
    summary: 'make another webhook secret; deliveries with the former one are refused from then on',
    arguments: [hostArgument()],
    options: [hostOrganizationOption()],
    example: 'daypass git-host new-secret gitea',
    answer: HostAnswer,
    run: async (session, _options, name) =>
      session.call('PATCH', await hostPath(session, name), { newWebhookSecret: true }),
    show: ({ webhookSecret, eventsUrl }: GitHostResponse) =>
      `Put this secret into the webhook for ${eventsUrl}; it is shown only now:\n\n${webhookSecret ?? ''}`,
  })

  addServerCommand(host, surroundings, {
    name: 'test',
    summary: 'ask the git host who we are there, and what is missing',
    arguments: [hostArgument()],
    options: [hostOrganizationOption()],
    example: 'daypass git-host test github',
    answer: TestGitHostResponse,
    run: async (session, _options, name) => session.call('POST', await hostPath(session, name, '/test')),
    show: showTest,
    failure: ({ missing }) => (missing.length === 0 ? undefined : 'something is missing; see above.'),
  })

  addServerCommand(host, surroundings, {
    name: 'remove',
    summary: 'disconnect a git host, with its deliveries; deployments that ran stay',
    arguments: [hostArgument()],
    options: [hostOrganizationOption(), yesOption()],
    example: 'daypass git-host remove gitea --yes',
    answer: Type.Object({ removed: Type.String() }),
    run: async (session, options: ConfirmOptions, name = '') => {
      const path = await hostPath(session, name)
      await confirm(
        `disconnect the git host ${name}: its pushes deploy nothing any more`,
        options,
        surroundings,
      )
      await session.call('DELETE', path)
      return { removed: name }
    },
    show: ({ removed }) => `Disconnected ${removed}. Remove its webhook at the host, too.`,
  })

  addGitDeliveryCommands(host, surroundings)
  addApproveCommand(host, surroundings)
}

export function showTest({ identity, missing }: TestGitHostResponse): string {
  const who =
    identity === undefined ? 'The host does not say who we are.' : `The host knows us as ${identity}.`
  return missing.length === 0
    ? `${who} Nothing is missing.`
    : `${who}\n\n${missing.map((one) => `- ${one}`).join('\n')}`
}
