/**
 * The one form of an error answer.
 *
 * `code` repeats the HTTP status because the Pulumi CLI believes the body, not the status line.
 * `reason` is ours: a stable word that a script can test, where `message` is a sentence for a person.
 */
import { type Static, Type } from 'typebox'

export const ErrorBody = Type.Object({
  code: Type.Integer({ minimum: 400, maximum: 599 }),
  message: Type.String(),
  reason: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9_]*$' })),
})
export type ErrorBody = Static<typeof ErrorBody>

/** A refusal that a user can act on: a value, turned into HTTP only at the edge. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 409 | 413 | 422 | 429
  readonly reason: string
  readonly message: string
}
