/** Whether a runner's token is worth reading a body for. Who acts on one looks again where it acts. */
import type { Refusal } from '@daypass/contract/errors.ts'
import type { TokenNeed } from '../access/authenticate.ts'
import { hashToken } from '../access/token.ts'
import type { Queryable } from '../db/database.ts'
import { findJob, findPoolToken } from './job.sql.ts'
import { leaseLost, unknownJob, unknownPoolToken } from './job.ts'

export async function whyNoPool(db: Queryable, token: string): Promise<Refusal | undefined> {
  return (await findPoolToken(db, hashToken(token))) ? undefined : unknownPoolToken
}

/** @param need `known`: also a job that has not begun or is over. */
export async function whyNoJob(db: Queryable, token: string, need: TokenNeed): Promise<Refusal | undefined> {
  const job = await findJob(db, hashToken(token))
  if (!job) return unknownJob
  return need === 'known' || job.live ? undefined : leaseLost
}

/** The pool whose runners hold the token. */
export async function poolOfToken(db: Queryable, token: string): Promise<string | Refusal> {
  return (await findPoolToken(db, hashToken(token)))?.poolId ?? unknownPoolToken
}
