/**
 * The life of a signing key, as a table:
 *
 * | state        | is published | signs | ends when                                                        |
 * |--------------|--------------|-------|------------------------------------------------------------------|
 * | `unpublished`| not yet seen | no    | it was seen where keys are published: `next`, one lead long       |
 * | `next`       | yes          | no    | its time to sign has come: `signing`                              |
 * | `signing`    | yes          | yes   | the next one signs: `superseded`                                  |
 * | `superseded` | yes          | no    | the last token that it may have signed is dead: `retired`         |
 * | `retired`    | no           | no    | never; its id is remembered, to recognize our own tokens by       |
 *
 * A revocation goes from any state to `retired` at once. Where this server itself is the place that relying parties read,
 * a key begins as `next`. Where that is a mirror, it begins as `unpublished`, and a mirror that cannot be written or read
 * takes a key from `next` back to `unpublished`: its lead begins anew when it is seen again.
 *
 * Owns: which key is in which state at a moment, and what is to be done next. Pure: the times are the database's, for
 * servers that share it must agree. Does not own: the acts (rotation) and the keys themselves (keys).
 */
import { LIFETIME_SECONDS } from './issuer.ts'

export type KeyState = 'unpublished' | 'next' | 'signing' | 'superseded' | 'retired'

/** What a row says of a key's life. */
export interface KeyTimes {
  readonly kid: string
  readonly signsFrom: Date
  readonly retiredAt: Date | null
}

/**
 * Until it is seen, a key signs from this day on. Not a flag beside the time, and not infinity: a server of an earlier
 * release, which knows neither, must not sign with it.
 */
export const UNPUBLISHED_SIGNS_FROM = new Date('9999-12-31T00:00:00Z')

export function isUnpublished({ signsFrom }: Pick<KeyTimes, 'signsFrom'>): boolean {
  return signsFrom.getTime() === UNPUBLISHED_SIGNS_FROM.getTime()
}

export interface RotationTiming {
  /** How long a key signs. Undefined: until somebody asks for another. */
  readonly everySeconds: number | undefined
  /** From a key's publication until it signs: at least as long as relying parties keep what they fetched. */
  readonly leadSeconds: number
}

/**
 * A server that was told late still signs with the key before, so that one stays published a little longer than its
 * last token lives by the book.
 */
export const LATE_SERVER_SECONDS = 2 * 60
const LONGEST_LIFETIME_SECONDS = Math.max(...Object.values(LIFETIME_SECONDS))

/** The state of each key, in the order of their first signatures. */
export function statesOf<Key extends KeyTimes>(
  keys: readonly Key[],
  at: Date,
): { readonly key: Key; readonly state: KeyState; readonly successor: Key | undefined }[] {
  const inOrder = [...keys].sort(bySignsFrom)
  const living = inOrder.filter(({ retiredAt }) => retiredAt === null)
  const signing = living.findLast(({ signsFrom }) => signsFrom <= at)
  return inOrder.map((key) => {
    if (key.retiredAt !== null) return { key, state: 'retired', successor: undefined }
    if (key === signing) return { key, state: 'signing', successor: undefined }
    if (isUnpublished(key)) return { key, state: 'unpublished', successor: undefined }
    if (key.signsFrom > at) return { key, state: 'next', successor: undefined }
    return { key, state: 'superseded', successor: living[living.indexOf(key) + 1] }
  })
}

function bySignsFrom(one: KeyTimes, other: KeyTimes): number {
  return one.signsFrom.getTime() - other.signsFrom.getTime() || (one.kid < other.kid ? -1 : 1)
}

/** When a superseded key is retired, given the key that signed after it. */
export function retiresAt(successor: KeyTimes): Date {
  const lastSignature = successor.signsFrom.getTime() + LATE_SERVER_SECONDS * 1000
  return new Date(lastSignature + LONGEST_LIFETIME_SECONDS * 1000)
}

/** When the key that signs is due to be followed by another; undefined when no schedule says so. */
export function followedAt(signing: KeyTimes, { everySeconds }: RotationTiming): Date | undefined {
  return everySeconds === undefined ? undefined : new Date(signing.signsFrom.getTime() + everySeconds * 1000)
}

/** What is due: another key to publish, and the superseded ones whose tokens are all dead. */
export function dueActs(
  keys: readonly KeyTimes[],
  at: Date,
  timing: RotationTiming,
): { readonly publishNext: boolean; readonly retire: readonly string[] } {
  const states = statesOf(keys, at)
  const signing = states.find(({ state }) => state === 'signing')?.key
  const follows = signing && followedAt(signing, timing)
  const publishFrom = follows && follows.getTime() - timing.leadSeconds * 1000
  const hasNext = states.some(({ state }) => state === 'next' || state === 'unpublished')
  return {
    publishNext: !hasNext && publishFrom !== undefined && at.getTime() >= publishFrom,
    retire: states
      .filter(({ state, successor }) => state === 'superseded' && successor && retiresAt(successor) <= at)
      .map(({ key }) => key.kid),
  }
}
