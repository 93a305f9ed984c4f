/** Schedules drawn at random: mostly by chance, with some scenes that chance would seldom put together. */
import fc from 'fast-check'
import { type Action, STACKS } from './actions.ts'
import type { Schedule } from './schedule.ts'

const [SHORT, DAY] = [5, 24 * 3600]
/** Longer than an unstarted claim, a lease, a timeout with its grace, and a week; and back. */
const CLOCK_STEPS = [6, 16, 60, 7300, 8 * DAY, -4, -30, -7300]

const place = fc.nat(11)
const weighted = <T extends Action>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary })
const word = <W extends string>(...words: W[]) => fc.constantFrom(...words)

const anyAction: fc.Arbitrary<Action> = fc.oneof(
  weighted(
    9,
    fc.record({
      do: word('request'),
      stack: fc.nat(STACKS - 1),
      operation: word('update', 'update', 'preview'),
      skip: fc.oneof(
        { weight: 3, arbitrary: fc.constant(false) },
        { weight: 1, arbitrary: fc.constant(true) },
      ),
      pool: fc.constantFrom(0, 0, 1),
    }),
  ),
  weighted(9, fc.record({ do: word('claim'), pool: fc.constantFrom(0, 0, 1) })),
  weighted(6, fc.record({ do: word('start'), claim: fc.nat(3) })),
  weighted(3, fc.record({ do: word('start', 'beat', 'write', 'leave'), claim: place })),
  weighted(2, fc.record({ do: word('beat', 'write'), claim: fc.nat(2) })),
  weighted(
    5,
    fc.record({ do: word('finish'), claim: fc.nat(SHORT), result: word('succeeded', 'succeeded', 'failed') }),
  ),
  weighted(3, fc.record({ do: word('cancel'), request: place })),
  weighted(3, fc.record({ do: word('pause', 'resume'), stack: fc.nat(STACKS - 1) })),
  weighted(1, fc.record({ do: word('pause-all', 'resume-all', 'resume-all'), organization: fc.nat(1) })),
  weighted(
    3,
    fc.record({ do: word('clock'), seconds: fc.constantFrom(...CLOCK_STEPS), server: fc.boolean() }),
  ),
  weighted(4, fc.record({ do: word('sweep') })),
)

const ofStack = (stack: number, pool = 0): Action => ({
  do: 'request',
  stack,
  operation: 'update',
  skip: false,
  pool,
})
const claim: Action = { do: 'claim', pool: 0 }
const start: Action = { do: 'start', claim: 0 }
const laterBy = (seconds: number): Action => ({ do: 'clock', seconds, server: false })

/** What chance alone would seldom put together. Each stands for a round of its own. */
const anyScene: fc.Arbitrary<readonly Action[]> = fc.oneof(
  // A runner comes back after its lease, and nobody has looked meanwhile.
  fc
    .constantFrom<Action>(
      { do: 'finish', claim: 0, result: 'succeeded' },
      { do: 'beat', claim: 0 },
      { do: 'write', claim: 0 },
    )
    .map((word) => [claim, start, laterBy(16), word]),
  // An answer to a claim was lost, another runner got it, and the first one appears.
  fc
    .nat(STACKS - 1)
    .map((stack) => [
      ofStack(stack),
      claim,
      laterBy(6),
      { do: 'sweep' as const },
      { do: 'sweep' as const },
      claim,
      { do: 'start' as const, claim: 1 },
      start,
    ]),
  // The oldest is paused, and a younger one of the same organization is not.
  fc.nat(1).map((stack) => [ofStack(stack), ofStack(stack + 1), { do: 'pause' as const, stack }, claim]),
  // Two organizations want the same runner.
  fc.boolean().map((first) => [ofStack(first ? 0 : 3), ofStack(first ? 3 : 0), claim, claim]),
)

/** Three stacks of one organization have something to do, and many runners ask at the same moment. */
const anyRush: fc.Arbitrary<readonly (readonly Action[])[]> = fc
  .tuple(anyAction, fc.integer({ min: 2, max: 4 }))
  .map(([other, runners]) => [
    [ofStack(0), ofStack(1), ofStack(2)],
    [...Array.from({ length: runners }, () => claim), other],
  ])

export function anySchedule(size: {
  readonly atOnce: number
  readonly rounds: number
}): fc.Arbitrary<Schedule> {
  const one = fc.array(anyAction, { minLength: 1, maxLength: size.atOnce }).map((round) => [round])
  const scene = anyScene.map((actions) => actions.map((action) => [action]))
  const rounds = fc.array(
    fc.oneof(
      { weight: 12, arbitrary: one },
      { weight: 1, arbitrary: scene },
      { weight: size.atOnce > 1 ? 2 : 0, arbitrary: anyRush },
    ),
    { minLength: Math.floor(size.rounds / 2), maxLength: size.rounds },
  )
  return fc.record({ limit: fc.integer({ min: 1, max: 3 }), rounds: rounds.map((all) => all.flat()) })
}
