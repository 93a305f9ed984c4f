import type { Database } from '../../../server/src/db/database.ts'

/** Puts stacks `bench/many-00000` and so on into the database: 10,000 by requests would take most of the time. */
export async function addStacks(
  db: Database,
  { organization, count }: { readonly organization: string; readonly count: number },
): Promise<void> {
  await db.query(
    /* sql */ `
      insert into stacks (id, organization_id, project, name)
      select gen_random_uuid(), o.id, 'bench', 'many-' || lpad(n::text, 5, '0')
        from organizations o, generate_series(0, $2::integer - 1) n
       where o.name = $1`,
    [organization, count],
  )
  await db.query('vacuum analyze')
}
