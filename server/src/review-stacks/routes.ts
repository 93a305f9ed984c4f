/** `/api/daypass/stacks/{org}/{project}/{stack}/review-stacks`: of a template. */
import { REVIEW_STACKS_PATH, ReviewStackRules, ReviewStacks } from '@daypass/contract/review-stacks.ts'
import type { FastifyInstance } from 'fastify'
import { adminOf } from '../access/organization.ts'
import { actorOf } from '../access/principal.ts'
import { recordAudit } from '../audit/audit.ts'
import type { Database } from '../db/database.ts'
import { isRefusal, refuse } from '../refuse.ts'
import { loadStackFor, type StackNames } from '../stacks/stack.ts'
import { liveReviewStacksOf } from './review-stack.sql.ts'
import { fullNameOf } from './review-stack.ts'
import { saveTemplateRules, templateRules } from './rules.sql.ts'

export function reviewStackRoutes(app: FastifyInstance, { db }: { readonly db: Database }): void {
  const about = { tags: ['Deployment settings'], response: { 200: ReviewStacks } }

  app.get<{ Params: StackNames }>(
    REVIEW_STACKS_PATH,
    {
      schema: {
        ...about,
        summary: 'What is decided about the review stacks of a template, and which there are',
      },
    },
    async ({ principal, params }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      return answer(db, stack.id)
    },
  )

  app.put<{ Params: StackNames; Body: ReviewStackRules }>(
    REVIEW_STACKS_PATH,
    { schema: { ...about, body: ReviewStackRules, summary: 'Decide about the review stacks of a template' } },
    async ({ principal, params, body }, reply) => {
      const stack = await loadStackFor(db, principal, params, 'read')
      if (isRefusal(stack)) return refuse(reply, stack)
      const membership = adminOf(principal, stack.organization)
      if (isRefusal(membership)) return refuse(reply, membership)
      await db.transaction(async (tx) => {
        await saveTemplateRules(tx, stack.id, body)
        await recordAudit(tx, {
          organizationId: stack.organizationId,
          actor: actorOf(principal),
          action: 'review_stack_rules.changed',
          target: `${stack.organization}/${stack.project}/${stack.name}`,
          details: { ...body },
        })
      })
      return answer(db, stack.id)
    },
  )
}

async function answer(db: Database, templateId: string): Promise<ReviewStacks> {
  const live = await liveReviewStacksOf(db, templateId)
  return {
    ...(await templateRules(db, templateId)),
    reviewStacks: live.map((one) => ({
      stack: fullNameOf(one),
      repository: one.repository,
      pullRequest: one.pullRequest,
      commit: one.commit,
      destroying: one.isDestroying,
      destroys: one.destroys,
    })),
  }
}
