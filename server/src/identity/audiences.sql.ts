/** The audiences of organizations and of their stacks. */
import type { Queryable } from '../db/database.ts'

/** To the end of the transaction nobody else changes an audience of this organization or of its stacks. */
export async function holdAudiences(tx: Queryable, organizationId: string): Promise<void> {
  await tx.query('select from organizations where id = $1 for no key update', [organizationId])
}

const OF_ORGANIZATION = {
  name: 'audiences-of-organization',
  text: /* sql */ `select audience from organization_audiences where organization_id = $1 order by audience`,
}
const OF_STACK = {
  name: 'audiences-of-stack',
  text: /* sql */ `select audience from stack_audiences where stack_id = $1 order by audience`,
}

export async function audiencesOfOrganization(tx: Queryable, organizationId: string): Promise<string[]> {
  const { rows } = await tx.query<{ audience: string }>(OF_ORGANIZATION, [organizationId])
  return rows.map(({ audience }) => audience)
}

export async function audiencesOfStack(tx: Queryable, stackId: string): Promise<string[]> {
  const { rows } = await tx.query<{ audience: string }>(OF_STACK, [stackId])
  return rows.map(({ audience }) => audience)
}

export async function allowAudiences(
  tx: Queryable,
  organizationId: string,
  audiences: readonly string[],
): Promise<void> {
  await tx.query(
    'insert into organization_audiences (organization_id, audience) select $1, unnest($2::text[])',
    [organizationId, audiences],
  )
}

/** And from the stacks that had them. */
export async function disallowAudiences(
  tx: Queryable,
  organizationId: string,
  audiences: readonly string[],
): Promise<void> {
  await tx.query('delete from organization_audiences where organization_id = $1 and audience = any($2)', [
    organizationId,
    audiences,
  ])
}

export async function giveAudiences(
  tx: Queryable,
  { organizationId, stackId }: { readonly organizationId: string; readonly stackId: string },
  audiences: readonly string[],
): Promise<void> {
  await tx.query(
    'insert into stack_audiences (organization_id, stack_id, audience) select $1, $2, unnest($3::text[])',
    [organizationId, stackId, audiences],
  )
}

export async function takeAudiences(
  tx: Queryable,
  stackId: string,
  audiences: readonly string[],
): Promise<void> {
  await tx.query('delete from stack_audiences where stack_id = $1 and audience = any($2)', [
    stackId,
    audiences,
  ])
}
