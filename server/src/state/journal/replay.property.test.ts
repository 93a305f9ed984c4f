/**
 * Random updates against a plain model: the engine's own list of resources, kept as it goes.
 *
 * The model knows nothing of places and operations, which are what replay must get right.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { entriesIn, inSequence, type JournalEntry } from './entry.ts'
import type { BaseState } from './replay.ts'
import { type ReplayedText, replayedText as replay } from './replayed-text.ts'

const options = { cliVersion: 'v3.259.0', now: new Date('2030-01-01T00:00:00Z') }

interface Modelled {
  readonly name: string
  text: object
  alive: boolean
  /** Where the entries say that it is: in the base, or made by an operation. */
  readonly at: { readonly Old: number } | { readonly New: number }
}

interface Update {
  readonly base: BaseState
  readonly entries: object[]
  readonly resources: object[]
  readonly pending: object[]
}

const ACTIONS = [
  'create',
  'same',
  'update',
  'delete',
  'replace',
  'recreate',
  'outputs',
  'refresh',
  'vanish',
] as const
const act = fc.record({
  action: fc.constantFrom(...ACTIONS),
  pick: fc.nat(),
  ending: fc.constantFrom('success', 'success', 'success', 'failure', 'none'),
})
const update = fc
  .record({ count: fc.integer({ min: 0, max: 6 }), acts: fc.array(act, { maxLength: 25 }) })
  .map(({ count, acts }) => simulate(count, acts))

function simulate(count: number, acts: readonly { action: string; pick: number; ending: string }[]): Update {
  const olds: Modelled[] = Array.from({ length: count }, (_, at) => ({
    name: `old${at}`,
    text: textOf(`old${at}`, 0),
    alive: true,
    at: { Old: at },
  }))
  const base = {
    schemaVersion: 3,
    features: [],
    deployment: bytes({ resources: olds.map(({ text }) => text) }),
  }
  const news: Modelled[] = []
  const pending: object[] = []
  const entries: object[] = []
  let operationID = 0
  const write = (entry: object): unknown =>
    entries.push({ version: 1, sequenceID: entries.length + 1, ...entry })
  const place = (verb: string, { at }: Modelled): object =>
    Object.fromEntries(Object.entries(at).map(([list, value]) => [verb + list, value]))

  for (const { action, pick, ending } of acts) {
    const living = [...news, ...olds].filter(({ alive }) => alive)
    const target = living[pick % Math.max(living.length, 1)]
    operationID += 1
    const made = (name: string): Modelled => ({
      name,
      text: textOf(name, operationID),
      alive: true,
      at: { New: operationID },
    })
    const isNew = action === 'create' || target === undefined
    const name = isNew ? `new${operationID}` : target.name
    if (action === 'outputs' && !isNew) {
      target.text = inPlace(target, operationID)
      write({ kind: 4, operationID, ...place('remove', target), state: target.text })
      continue
    }
    const operation = { type: 'updating', resource: textOf(name, operationID) }
    const hasOperation = action !== 'same' && action !== 'refresh' && action !== 'vanish'
    write({ kind: 0, operationID, ...(hasOperation && { operation }) })
    if (ending === 'none') {
      if (hasOperation) pending.push(operation)
      continue
    }
    if (ending === 'failure') {
      write({ kind: 2, operationID, state: textOf(name, operationID) })
      continue
    }
    if (isNew) {
      const one = made(name)
      news.push(one)
      write({ kind: 1, operationID, state: one.text })
    } else if (action === 'delete') {
      target.alive = false
      write({ kind: 1, operationID, ...place('remove', target) })
    } else if (action === 'recreate') {
      target.text = { ...target.text, pendingReplacement: true }
      write({ kind: 1, operationID, ...place('pendingReplacement', target) })
    } else if (action === 'replace') {
      target.text = { ...target.text, delete: true }
      const one = made(`${name}'`)
      news.push(one)
      write({ kind: 1, operationID, state: one.text, ...place('delete', target) })
    } else if (action === 'refresh') {
      target.text = inPlace(target, operationID)
      write({ kind: 3, operationID, state: target.text, ...place('remove', target) })
    } else if (action === 'vanish') {
      target.alive = false
      write({ kind: 3, operationID, ...place('remove', target) })
    } else {
      target.alive = false
      const one = made(name)
      news.push(one)
      write({ kind: 1, operationID, state: one.text, ...place('remove', target) })
    }
  }
  const resources = [...news, ...olds].filter(({ alive }) => alive).map(({ text }) => text)
  return { base, entries, resources, pending }
}

/** The engine marks what it has in memory, and an entry holds all of that. */
function inPlace({ name, text }: Modelled, value: number): object {
  return { ...text, ...textOf(name, value) }
}

function textOf(name: string, value: number): object {
  return { urn: `urn:pulumi:dev::proj::x:i:T::${name}`, type: 'x:i:T', outputs: { value } }
}

function bytes(value: object): Buffer {
  return Buffer.from(JSON.stringify(value))
}

function read(entries: readonly object[]): JournalEntry[] {
  return inSequence(entriesIn(bytes({ entries })))
}

function members(state: ReplayedText): { resources?: object[]; pending_operations?: object[] } {
  return JSON.parse(state.deployment.toString())
}

test('replay ends with what the engine had', () => {
  fc.assert(
    fc.property(update, ({ base, entries, resources, pending }) => {
      const state = replay(base, read(entries), options)
      expect(members(state).resources ?? []).toEqual(resources)
      expect(members(state).pending_operations ?? []).toEqual(pending)
      expect(state.resourceCount).toBe(resources.length)
    }),
    { numRuns: 2_000 },
  )
})

test('neither the order of arrival nor repetition changes the result', () => {
  fc.assert(
    fc.property(update, fc.infiniteStream(fc.nat()), ({ base, entries }, random) => {
      const draw = (): number => random.next().value ?? 0
      const arrived = [...entries, ...entries.filter(() => draw() % 3 === 0)]
        .map((entry) => ({ entry, at: draw() }))
        .sort((one, other) => one.at - other.at)
        .map(({ entry }) => entry)
      const inOrder = replay(base, read(entries), options)
      expect(replay(base, read(arrived), options)).toEqual(inOrder)
    }),
    { numRuns: 500 },
  )
})

test('any cut of a journal makes a state: what was acknowledged counts, and nothing else', () => {
  fc.assert(
    fc.property(update, fc.nat(), ({ base, entries }, where) => {
      const cut = entries.slice(0, where % (entries.length + 1))
      const known = new Set(
        cut.flatMap((entry) => urnsIn(entry)).concat(urnsIn(JSON.parse(base.deployment.toString()))),
      )
      const state = replay(base, read(cut), options)
      for (const urn of urnsIn(members(state))) expect(known).toContain(urn)
      const open = new Set<unknown>()
      for (const { kind, operationId } of read(cut)) {
        if (kind === 0) open.add(operationId)
        else open.delete(operationId)
      }
      expect(members(state).pending_operations?.length ?? 0).toBeLessThanOrEqual(open.size)
      expect(state.integrityProblem ?? '').not.toMatch(/missing|unknown/)
    }),
    { numRuns: 1_000 },
  )
})

test('a replayed state, replayed with nothing more, is the same text', () => {
  fc.assert(
    fc.property(update, ({ base, entries }) => {
      const once = replay(base, read(entries), options)
      const settled = replay(once, [], options)
      expect(replay(settled, [], options).deployment).toEqual(settled.deployment)
      expect(members(settled).resources ?? []).toEqual(members(once).resources ?? [])
    }),
  )
})

function urnsIn(value: unknown): string[] {
  return [...JSON.stringify(value).matchAll(/"urn":"([^"]*)"/g)].map(([, urn]) => urn ?? '')
}
