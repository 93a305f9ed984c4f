/** A pull request as its host has it at this moment: that very one, or nothing. */
import { type PullRequestFacts, type RepositoryName, sameRepository } from '../git-events/git-event.ts'
import { type HostApi, type HostRefusal, isHostRefusal } from '../git-hosts/adapter.ts'

/**
 * @returns Undefined: there is none of this number. A refusal also for an answer about another one.
 * @throws {HostUnavailable}
 */
export async function askPullRequest(
  api: Pick<HostApi, 'pullRequest'>,
  repository: RepositoryName,
  number: number,
): Promise<PullRequestFacts | undefined | HostRefusal> {
  const facts = await api.pullRequest(repository, number)
  if (facts === undefined || isHostRefusal(facts)) return facts
  const { baseRepository = repository } = facts
  return facts.number === number && sameRepository(baseRepository, repository) ? facts : OF_ANOTHER
}

const OF_ANOTHER: HostRefusal = {
  code: 'HOST_REFUSED',
  sentence:
    'The host answered for another pull request. If the repository was renamed or moved, put its present name into the settings of the stacks.',
}
