/** `daypass git-host approve`: lets one commit of somebody who may not write be previewed. */
import { ApprovedPullRequest } from '@daypass/contract/git-hosts.ts'
import { Argument, type Command } from 'commander'
import { EXIT } from '../../exit-code.ts'
import { FailedCommand, type Surroundings } from '../../failed-command.ts'
import { addServerCommand } from '../../server-command.ts'
import { hostArgument, hostOrganizationOption, hostPath } from './git-hosts.ts'

export function addApproveCommand(host: Command, surroundings: Surroundings): void {
  addServerCommand(host, surroundings, {
    name: 'approve',
    summary: 'let exactly this commit of a pull request be previewed, though its author may not write',
    arguments: [
      hostArgument(),
      new Argument('<repository>', '`owner/name`'),
      new Argument('<number>', 'of the pull request'),
      new Argument('<commit>', 'its present head, whole: look at it first'),
    ],
    options: [hostOrganizationOption()],
    example: `daypass git-host approve github acme/web 7 ${'0123456789'.repeat(4)}`,
    answer: ApprovedPullRequest,
    run: async (session, _options, name, repository = '', number = '', commit = '') => {
      if (!/^[1-9][0-9]{0,8}$/.test(number))
        throw new FailedCommand(
          `the number of a pull request is not ${JSON.stringify(number)}.`,
          EXIT.misused,
        )
      if (!/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(commit))
        throw new FailedCommand('give the whole commit, in lower case.', EXIT.misused)
      const body = { repository, pullRequest: Number(number), commit }
      return session.call('POST', await hostPath(session, name, '/approvals'), body)
    },
    show: ({ repository, pullRequest, commit, baseBranch, author }) =>
      `Approved ${commit} by ${author} for ${baseBranch}: ${repository}#${pullRequest} is previewed. A later commit waits again.`,
  })
}
