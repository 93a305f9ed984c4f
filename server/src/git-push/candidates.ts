/** The stacks that an event may concern: those whose block means this very connection and this repository. */
import type { Queryable } from '../db/database.ts'
import type { EventContext } from '../git-deliveries/delivery.ts'
import type { RepositoryName } from '../git-events/git-event.ts'
import { hostsOf, servingAmong } from '../git-hosts/find.ts'
import { type CandidateRow, findCandidates } from './candidates.sql.ts'
import { type StackRule, stackRuleOf } from './stack-rule.ts'

export interface Candidate extends Pick<CandidateRow, 'stackId' | 'stack'> {
  readonly rule: StackRule
}

export async function candidatesFor(
  db: Queryable,
  { hostId, organizationId }: Pick<EventContext, 'hostId' | 'organizationId'>,
  repository: RepositoryName,
): Promise<Candidate[]> {
  const rows = await findCandidates(db, organizationId, repository)
  if (rows.length === 0) return []
  const hosts = await hostsOf(db, organizationId)
  return rows.flatMap(({ stackId, stack, tags, settings }) => {
    const rule = stackRuleOf(settings, tags)
    const block = settings.gitHub ?? settings.vcs
    if (rule === undefined || block === undefined) return []
    const provider = settings.gitHub !== undefined ? 'github' : (block.provider ?? '')
    const repoUrl = settings.sourceContext?.git?.repoUrl
    const host = servingAmong(hosts, { provider, repository, repoUrl })
    return host?.id === hostId ? [{ stackId, stack, rule }] : []
  })
}

/** Whether what changed has to be known: filters are what asks for it. */
export function hasPathFilters({ rule }: Candidate): boolean {
  const { paths } = rule
  return !('problem' in paths) && paths.includes.length + paths.excludes.length > 0
}
