/**
 * Arrangements that are right, broken in one known way each, and the score of who noticed.
 *
 * Every mutant is judged four times: by how it was made (its label), by a second judge that was written from the
 * clouds' documentation and shares no line with the engine, by the engine, and by the local cloud over HTTP.
 */
import type { TestIssuer } from '../issuer/issuer-for-tests.ts'
import type { Random } from './random.ts'

/** How a mutant was made. */
export interface Label {
  /** For people: `the stack of the subject`. */
  readonly how: string
  /** The clause that was broken; undefined when it is still right. */
  readonly clause: string | undefined
  /** The change is by chance: it may be right still (the second judge says), or be named by one of these. */
  readonly chance?: readonly string[]
  /** What the explanation's code must look like, where several clauses of one kind differ by it. */
  readonly code?: RegExp
}

export interface Mutation<Arranged> extends Label {
  /** Whether this one can be broken so. */
  readonly fits?: (arranged: Arranged) => boolean
  /** Changes a copy in place. */
  readonly apply: (arranged: Arranged, random: Random) => void
}

export interface Mutant<Arranged> extends Label {
  readonly arranged: Arranged
}

/** What is compared. */
export interface Comparison {
  readonly issuer: TestIssuer
  /** The clock of issuer and cloud. */
  readonly now: () => Date
  readonly seed: number
  readonly count: number
}

/** One cloud with all mutants in it, and how it, the engine and the second judge are asked about each. */
export interface Courts<Arranged, Config> {
  /** What the cloud's own configuration would be with these alone. */
  readonly read: (
    mutants: readonly Mutant<Arranged>[],
  ) =>
    | { readonly ok: true; readonly config: Config }
    | { readonly ok: false; readonly path: string; readonly sentence: string }
  /** Of a mutant that the cloud refuses to save. */
  readonly notSaved: Verdict
  readonly start: (config: Config) => Promise<{ readonly url: string; close(): Promise<void> }>
  readonly askCloud: (url: string, arranged: Arranged) => Promise<Verdict>
  readonly askEngine: (mutant: Mutant<Arranged>) => Verdict | undefined
  readonly askSecondJudge: (arranged: Arranged) => boolean
}

/** `allowed` and, if not, the clause that is named. */
export interface Verdict {
  readonly allowed: boolean
  readonly clause?: string | undefined
  readonly code?: string | undefined
}

export interface Judged extends Label {
  readonly secondJudge: boolean
  /** Undefined for what the engine does not look at: signatures, times. */
  readonly engine: Verdict | undefined
  readonly cloud: Verdict
}

export interface Score {
  readonly mutants: number
  readonly refused: number
  readonly kinds: number
  /** Parts of one. */
  readonly verdictsRight: number
  readonly clausesRight: number
  /** The first of them, for people. */
  readonly misses: readonly string[]
}

const MOST_MISSES_SHOWN = 10

export function mutantsOf<Arranged extends object>(
  right: (random: Random, index: number) => Arranged,
  mutations: readonly Mutation<Arranged>[],
  random: Random,
  count: number,
): readonly Mutant<Arranged>[] {
  return Array.from({ length: count }, (_, index) => {
    for (;;) {
      const arranged = structuredClone(right(random, index))
      const { apply, fits, ...label } = random.pick(mutations)
      if (fits && !fits(arranged)) continue
      apply(arranged, random)
      return { ...label, arranged }
    }
  })
}

export async function judgeMutants<Arranged, Config>(
  mutants: readonly Mutant<Arranged>[],
  { read, notSaved, start, askCloud, askEngine, askSecondJudge }: Courts<Arranged, Config>,
): Promise<Score> {
  const saved = new Set(mutants.filter((one) => read([one]).ok))
  const all = read([...saved])
  if (!all.ok) throw new Error(`${all.path}: ${all.sentence}`)
  const cloud = await start(all.config)
  try {
    const judged: Judged[] = []
    for (const mutant of mutants) {
      judged.push({
        ...mutant,
        secondJudge: askSecondJudge(mutant.arranged),
        engine: askEngine(mutant),
        cloud: saved.has(mutant) ? await askCloud(cloud.url, mutant.arranged) : notSaved,
      })
    }
    return scoreOf(judged)
  } finally {
    await cloud.close()
  }
}

/** @throws {Error} when a label and the second judge differ: then one of these two is wrong, and nothing is compared. */
export function scoreOf(judged: readonly Judged[]): Score {
  for (const { how, clause, chance, secondJudge } of judged) {
    if (!chance && (clause === undefined) !== secondJudge) {
      throw new Error(`The second judge ${secondJudge ? 'lets in' : 'refuses'} ${how}, against its label.`)
    }
  }
  const refused = judged.filter(({ secondJudge }) => !secondJudge)
  const wrong = judged.filter((one) => !verdictRight(one))
  const unnamed = refused.filter((one) => !clauseRight(one))
  return {
    mutants: judged.length,
    refused: refused.length,
    kinds: new Set(judged.map(({ how }) => how)).size,
    verdictsRight: 1 - wrong.length / judged.length,
    clausesRight: 1 - unnamed.length / refused.length,
    misses: [...wrong, ...unnamed].slice(0, MOST_MISSES_SHOWN).map(sayMiss),
  }
}

function verdictRight({ secondJudge, engine, cloud }: Judged): boolean {
  return cloud.allowed === secondJudge && (engine === undefined || engine.allowed === secondJudge)
}

function clauseRight({ clause, chance = [], code, engine, cloud }: Judged): boolean {
  const clauses = [clause, ...chance]
  return [cloud, ...(engine ? [engine] : [])].every(
    (verdict) => clauses.includes(verdict.clause) && (code === undefined || code.test(verdict.code ?? '')),
  )
}

function sayMiss({ how, clause, secondJudge, engine, cloud }: Judged): string {
  const say = (verdict: Verdict | undefined) =>
    verdict === undefined ? '-' : verdict.allowed ? 'allowed' : `${verdict.clause} (${verdict.code})`
  return `${how}: ${secondJudge ? 'allowed' : clause}, engine ${say(engine)}, cloud ${say(cloud)}`
}

/** One character changed, lost or added. */
export function misspelt(text: string, random: Random): string {
  const at = random.below(text.length)
  const letter = random.pick([...'aZ0-_./:*?'])
  return random.pick([
    text.slice(0, at) + letter + text.slice(at + 1),
    text.slice(0, at) + text.slice(at + 1),
    text.slice(0, at) + letter + text.slice(at),
  ])
}
