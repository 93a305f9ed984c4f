/**
 * How a runner looks at a git remote that tells nobody of its pushes. It says where the refs stand; what follows from that
 * is decided by the server alone.
 *
 * Owns: the shapes. Does not own: the paths (job-paths), when it is looked and what follows (server/git-polls).
 */
import { type Static, Type } from 'typebox'
import { GitAuth } from './job-protocol.ts'

/** Of a remote; branches that stacks are deployed from, and then tags, go before others. */
export const MOST_POLLED_REFS = 5000
/** Branches of which more is asked than where they stand. */
export const MOST_WATCHED_BRANCHES = 20
export const MOST_POLLED_FILES = 3000
export const LONGEST_POLLED_PATH = 1000

/** `POST RUNNER_POLL_CLAIM_PATH`, `Authorization: Bearer <pool token>`: answered at once. */
export const GitPollRequest = Type.Object(
  { runnerName: Type.String({ minLength: 1, maxLength: 100 }) },
  { additionalProperties: false },
)
export type GitPollRequest = Static<typeof GitPollRequest>

export const GitPoll = Type.Object({
  /** Of this one look; worth nothing without a token of the pool, and nothing after it was reported. */
  leaseId: Type.String(),
  leaseSeconds: Type.Integer(),
  repository: Type.String(),
  repositoryUrl: Type.String(),
  auth: Type.Union([GitAuth, Type.Null()]),
  /** Branches that stacks are deployed from, without `refs/heads/`, and where they stood. Null: there was none. */
  watched: Type.Array(
    Type.Object({ branch: Type.String(), commit: Type.Union([Type.String(), Type.Null()]) }),
  ),
  /** Nothing was seen before, so that nothing follows from what is seen now: more than where refs stand is not asked. */
  first: Type.Boolean(),
})
export type GitPoll = Static<typeof GitPoll>

export const GitPollAnswer = Type.Object({
  /** Null: nothing is due. */
  poll: Type.Union([GitPoll, Type.Null()]),
  /** When to ask again. */
  nextSeconds: Type.Number(),
})
export type GitPollAnswer = Static<typeof GitPollAnswer>

const Commit = Type.String({ pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$' })
const Ref = Type.String({ pattern: '^refs/(heads|tags)/[^\\u0000-\\u0020\\u007f~^:?*\\[\\\\]{1,255}$' })

/** `POST RUNNER_POLL_REPORT_PATH`: 204, or 409 `lease_lost`. Ends the lease. */
export const GitPollReport = Type.Object(
  {
    leaseId: Type.String({ pattern: '^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$' }),
    result: Type.Union([
      Type.Object(
        {
          kind: Type.Literal('seen'),
          /** A tag at the commit that it stands for. */
          refs: Type.Array(Type.Object({ ref: Ref, commit: Commit }, { additionalProperties: false }), {
            maxItems: MOST_POLLED_REFS,
          }),
          /** False: there are more refs than are told. */
          all: Type.Boolean(),
          /** Of watched branches that have moved. One that is missing here is known by its commit alone. */
          moves: Type.Array(
            Type.Object(
              {
                branch: Type.String({ minLength: 1, maxLength: 255 }),
                commit: Commit,
                forced: Type.Boolean(),
                message: Type.String({ maxLength: 20_000 }),
                /** Null: they are not known. */
                files: Type.Union([
                  Type.Array(Type.String({ minLength: 1, maxLength: LONGEST_POLLED_PATH }), {
                    maxItems: MOST_POLLED_FILES,
                  }),
                  Type.Null(),
                ]),
              },
              { additionalProperties: false },
            ),
            { maxItems: MOST_WATCHED_BRANCHES },
          ),
        },
        { additionalProperties: false },
      ),
      Type.Object(
        {
          kind: Type.Literal('failed'),
          code: Type.String({ pattern: '^[a-z][a-z0-9_]{0,60}$' }),
          message: Type.String({ minLength: 1, maxLength: 1000 }),
        },
        { additionalProperties: false },
      ),
    ]),
  },
  { additionalProperties: false },
)
export type GitPollReport = Static<typeof GitPollReport>
