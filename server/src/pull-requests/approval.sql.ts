/** Approvals of exactly one commit, for exactly one base branch. */
import type { Queryable } from '../db/database.ts'
import type { PullRequestFacts } from '../git-events/git-event.ts'

export interface Approval {
  /** Their login on the host; of an admin, here. */
  readonly approvedBy: string
  readonly through: 'comment' | 'review' | 'admin'
}

type Approved = Pick<PullRequestFacts, 'headCommit' | 'baseBranch'>

const IS = {
  name: 'pull-request-is-approved',
  text: /* sql */ `
    select 1 from pull_request_approvals where pull_request_id = $1 and commit = $2 and base_branch = $3`,
}

export async function isApproved(
  db: Queryable,
  pullRequestId: string,
  { headCommit, baseBranch }: Approved,
): Promise<boolean> {
  return (await db.query(IS, [pullRequestId, headCommit, baseBranch])).rowCount === 1
}

const ADD = {
  name: 'pull-request-approval-add',
  text: /* sql */ `
    insert into pull_request_approvals (pull_request_id, commit, base_branch, approved_by, through)
    values ($1, $2, $3, $4, $5) on conflict do nothing`,
}

/** @returns False when it was approved before. */
export async function addApproval(
  tx: Queryable,
  pullRequestId: string,
  { headCommit, baseBranch }: Approved,
  { approvedBy, through }: Approval,
): Promise<boolean> {
  return (await tx.query(ADD, [pullRequestId, headCommit, baseBranch, approvedBy, through])).rowCount === 1
}
