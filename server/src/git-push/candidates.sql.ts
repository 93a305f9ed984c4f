/** Stacks whose settings name a repository: looked up by an index, however many stacks the organization has. */
import type { Queryable } from '../db/database.ts'
import type { StoredSettings } from '../settings/settings.ts'

export interface CandidateRow {
  readonly stackId: string
  /** `organization/project/stack`. */
  readonly stack: string
  readonly tags: Readonly<Record<string, string>>
  /** What rules read: the blocks, and the source without its credential. */
  readonly settings: StoredSettings
}

/** As the index has it. */
const REPOSITORY = /* sql */ `lower(coalesce(d.settings #>> '{gitHub,repository}', d.settings #>> '{vcs,repository}'))`

const FIND = {
  name: 'git-push-candidates',
  text: /* sql */ `
    select s.id as "stackId", o.name || '/' || s.project || '/' || s.name as stack, s.tags,
           jsonb_strip_nulls(jsonb_build_object(
             'gitHub', d.settings -> 'gitHub', 'vcs', d.settings -> 'vcs',
             'sourceContext', jsonb_build_object('git', (d.settings #> '{sourceContext,git}') - 'gitAuth'))) as settings
      from deployment_settings d
      join stacks s on s.id = d.stack_id
      join organizations o on o.id = s.organization_id
     where s.organization_id = $1 and ${REPOSITORY} = lower($2)
     order by s.id`,
}

export async function findCandidates(
  db: Queryable,
  organizationId: string,
  repository: string,
): Promise<CandidateRow[]> {
  return (await db.query<CandidateRow>(FIND, [organizationId, repository])).rows
}
