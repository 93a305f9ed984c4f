/**
 * What an admin decides about the review stacks of a template, for which Pulumi's settings have no place.
 *
 * Owns: path and shapes. Does not own: what a review stack is, and who may change this (server/review-stacks).
 */
import { type Static, Type } from 'typebox'

export const REVIEW_STACKS_PATH = '/api/daypass/stacks/:organization/:project/:stack/review-stacks'

const FIELDS = {
  inheritsOidc: Type.Boolean({
    description: 'Whether review stacks that are made from now on have the `oidc` block of the template.',
  }),
  mostLive: Type.Integer({
    minimum: 0,
    maximum: 1000,
    description: 'How many review stacks there are at the same time; 20 unless said otherwise.',
  }),
}

/** Replaced as a whole by PUT. */
export const ReviewStackRules = Type.Object(FIELDS, {
  title: 'ReviewStackRules',
  additionalProperties: false,
})
export type ReviewStackRules = Static<typeof ReviewStackRules>

export const ReviewStacks = Type.Object(
  {
    ...FIELDS,
    reviewStacks: Type.Array(
      Type.Object({
        stack: Type.String({ description: '`organization/project/stack`.' }),
        repository: Type.String(),
        pullRequest: Type.Integer(),
        commit: Type.String({ description: 'That was asked for last.' }),
        destroying: Type.Boolean(),
        destroys: Type.Integer({ description: 'How often its destruction was asked for.' }),
      }),
      { description: 'Those that there are now.' },
    ),
  },
  { title: 'ReviewStacks' },
)
export type ReviewStacks = Static<typeof ReviewStacks>
