import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LIFETIME_SECONDS } from './issuer.ts'
import {
  dueActs,
  isUnpublished,
  type KeyTimes,
  LATE_SERVER_SECONDS,
  retiresAt,
  statesOf,
  UNPUBLISHED_SIGNS_FROM,
} from './lifecycle.ts'

const MINUTE_MS = 60_000
const at = (minutes: number): Date => new Date(Date.UTC(2030, 0, 1) + minutes * MINUTE_MS)
const key = (kid: string, signsFrom: number, retired?: number): KeyTimes => ({
  kid,
  signsFrom: at(signsFrom),
  retiredAt: retired === undefined ? null : at(retired),
})
const states = (keys: KeyTimes[], minutes: number) =>
  Object.fromEntries(statesOf(keys, at(minutes)).map(({ key: { kid }, state }) => [kid, state]))

test('a key is published, signs, is superseded, and is retired when its last token is dead', () => {
  const keys = [key('a', 0), key('b', 60)]
  expect(states(keys, 59)).toEqual({ a: 'signing', b: 'next' })
  expect(states(keys, 60)).toEqual({ a: 'superseded', b: 'signing' })
  const timing = { everySeconds: undefined, leadSeconds: 600 }
  expect(retiresAt(keys[1] as KeyTimes)).toEqual(at(60 + 15 + 2))
  expect(dueActs(keys, at(76.9), timing)).toEqual({ publishNext: false, retire: [] })
  expect(dueActs(keys, at(77), timing)).toEqual({ publishNext: false, retire: ['a'] })
})

test('the next key is published one lead before the schedule wants it, and only one', () => {
  const timing = { everySeconds: 3600, leadSeconds: 600 }
  expect(dueActs([key('a', 0)], at(49.9), timing).publishNext).toBe(false)
  expect(dueActs([key('a', 0)], at(50), timing).publishNext).toBe(true)
  expect(dueActs([key('a', 0), key('b', 60)], at(55), timing).publishNext).toBe(false)
  expect(dueActs([key('a', 0)], at(500_000), { ...timing, everySeconds: undefined }).publishNext).toBe(false)
})

test('when the signing key is revoked, the one before it does not sign again', () => {
  // a was superseded by b; b is revoked, and c signs from the moment of that.
  expect(states([key('a', 0), key('b', 60, 70), key('c', 70)], 70)).toEqual({
    a: 'superseded',
    b: 'retired',
    c: 'signing',
  })
})

/** A minute of a server with its schedule, and now and then a hand that rotates or revokes. */
test('whatever is done, one key signs, a key is published a lead before, and no living token loses its key', () => {
  const act = fc.constantFrom('nothing', 'nothing', 'nothing', 'nothing', 'rotate', 'revoke')
  fc.assert(
    fc.property(
      fc.array(act, { minLength: 200, maxLength: 400 }),
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 120 }),
      (acts, leadMinutes, everyMinutes) => {
        const timing = { leadSeconds: leadMinutes * 60, everySeconds: everyMinutes * 60 }
        let keys: (KeyTimes & { readonly publishedAt: number; readonly urgent: boolean })[] = [
          { ...key('k0', 0), publishedAt: 0, urgent: true },
        ]
        const revoked = new Set<string>()
        const lastSignature = new Map<string, number>()
        const add = (minute: number, lead: number, urgent: boolean): void => {
          keys = [...keys, { ...key(`k${keys.length}`, minute + lead), publishedAt: minute, urgent }]
        }
        const retire = (kid: string, minute: number): void => {
          keys = keys.map((one) => (one.kid === kid ? { ...one, retiredAt: at(minute) } : one))
        }
        for (const [index, what] of acts.entries()) {
          const minute = index + 1
          const due = dueActs(keys, at(minute), timing)
          if (due.publishNext) add(minute, leadMinutes, false)
          for (const kid of due.retire) {
            const tokensDead = (lastSignature.get(kid) ?? -Infinity) + LIFETIME_SECONDS.job / 60
            expect(tokensDead + LATE_SERVER_SECONDS / 60).toBeLessThanOrEqual(minute + 1)
            expect(revoked.has(kid)).toBe(false)
            retire(kid, minute)
          }
          const now = statesOf(keys, at(minute))
          const signing = now.filter(({ state }) => state === 'signing').map(({ key }) => key)
          expect(signing).toHaveLength(1)
          expect(now.filter(({ state }) => state === 'next').length).toBeLessThanOrEqual(1)
          const [signer] = signing
          if (!signer) return
          if (!signer.urgent) expect(signer.publishedAt + leadMinutes).toBeLessThanOrEqual(minute)
          lastSignature.set(signer.kid, minute)

          const next = now.find(({ state }) => state === 'next')?.key
          if (what === 'rotate' && !next) add(minute, leadMinutes, false)
          if (what === 'revoke') {
            revoked.add(signer.kid)
            retire(signer.kid, minute)
            if (next) {
              keys = keys.map((one) =>
                one.kid === next.kid ? { ...one, signsFrom: at(minute), urgent: true } : one,
              )
            } else add(minute, 0, true)
          }
        }
      },
    ),
    { seed: 20261129, numRuns: 200 },
  )
})

/** A minute of a server that publishes at a mirror, which is seen or not. */
test('whatever a mirror does, a key signs only when it was seen for a whole lead without a break', () => {
  const act = fc.constantFrom('seen', 'seen', 'seen', 'seen', 'not looked', 'unseen', 'rotate')
  fc.assert(
    fc.property(
      fc.array(act, { minLength: 100, maxLength: 300 }),
      fc.integer({ min: 1, max: 20 }),
      (acts, leadMinutes) => {
        const timing = { leadSeconds: leadMinutes * 60, everySeconds: 60 * 60 }
        let keys: KeyTimes[] = [key('k0', 0)]
        const seenSince = new Map<string, number>()
        const change = (fits: (one: KeyTimes) => boolean, signsFrom: Date): void => {
          keys = keys.map((one) => (one.retiredAt === null && fits(one) ? { ...one, signsFrom } : one))
        }
        for (const [index, what] of acts.entries()) {
          const minute = index + 1
          const before = statesOf(keys, at(minute))
          const hasNext = before.some(({ state }) => state === 'next' || state === 'unpublished')
          const due = dueActs(keys, at(minute), timing)
          expect(due.publishNext && hasNext).toBe(false)
          if (due.publishNext || (what === 'rotate' && !hasNext)) {
            keys = [...keys, { kid: `k${keys.length}`, signsFrom: UNPUBLISHED_SIGNS_FROM, retiredAt: null }]
          }
          if (what === 'unseen') {
            change(({ signsFrom }) => signsFrom > at(minute), UNPUBLISHED_SIGNS_FROM)
            for (const { kid, signsFrom } of keys) if (signsFrom > at(minute)) seenSince.delete(kid)
          }
          if (what === 'seen') {
            for (const one of keys.filter(isUnpublished)) seenSince.set(one.kid, minute)
            change(isUnpublished, at(minute + leadMinutes))
          }
          for (const kid of due.retire)
            keys = keys.map((one) => (one.kid === kid ? { ...one, retiredAt: at(minute) } : one))
          const now = statesOf(keys, at(minute))
          const [signer, ...others] = now.filter(({ state }) => state === 'signing')
          expect(others).toEqual([])
          expect(
            now.filter(({ state }) => state === 'next' || state === 'unpublished').length,
          ).toBeLessThanOrEqual(1)
          const kid = signer?.key.kid ?? ''
          if (kid !== 'k0') expect((seenSince.get(kid) ?? Infinity) + leadMinutes).toBeLessThanOrEqual(minute)
        }
      },
    ),
    { seed: 20261129, numRuns: 200 },
  )
})
