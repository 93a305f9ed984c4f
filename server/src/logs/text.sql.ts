import type { Queryable } from '../db/database.ts'

const LAST = {
  name: 'last-log-chunks',
  text: /* sql */ `
    with wanted as (
      select deployment_id, step from deployment_steps
       where deployment_id = $1 and starts_with(name, $2) order by step desc limit 1
    ), measured as (
      select c.first_line, c.lines,
             sum(length(c.lines)) over (order by c.first_line desc) - length(c.lines) as after
        from log_chunks c join wanted using (deployment_id, step)
    )
    select lines from measured where after < $3 order by first_line`,
}

/** Each a JSON array of [time, text], the earliest first: as many as hold `longest` characters, and one at least. */
export async function lastChunks(
  db: Queryable,
  deploymentId: string,
  stepPrefix: string,
  longest: number,
): Promise<readonly string[]> {
  const { rows } = await db.query<{ lines: string }>(LAST, [deploymentId, stepPrefix, longest])
  return rows.map(({ lines }) => lines)
}
