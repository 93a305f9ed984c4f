/** What an organization's admin has decided about the review stacks of one template. */
import type { Queryable } from '../db/database.ts'
import { MOST_LIVE } from './review-stack.ts'

export interface TemplateRules {
  readonly inheritsOidc: boolean
  readonly mostLive: number
}

const READ = {
  name: 'review-stack-rules',
  text: /* sql */ `
    select inherits_oidc as "inheritsOidc", most_live as "mostLive" from review_stack_rules where template_id = $1`,
}

export async function templateRules(tx: Queryable, templateId: string): Promise<TemplateRules> {
  const [row] = (await tx.query<TemplateRules>(READ, [templateId])).rows
  return row ?? { inheritsOidc: false, mostLive: MOST_LIVE }
}

const SAVE = /* sql */ `
  insert into review_stack_rules (template_id, inherits_oidc, most_live) values ($1, $2, $3)
  on conflict (template_id) do update set inherits_oidc = excluded.inherits_oidc, most_live = excluded.most_live`

export async function saveTemplateRules(
  tx: Queryable,
  templateId: string,
  { inheritsOidc, mostLive }: TemplateRules,
): Promise<void> {
  await tx.query(SAVE, [templateId, inheritsOidc, mostLive])
}
