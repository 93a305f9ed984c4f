/** Random lives of a stack: edits of its program, commands, and what goes wrong meanwhile. */
import fc from 'fast-check'
import type { Step } from './chain.ts'
import type { Weather } from './provider.ts'
import {
  type Edit,
  EMPTY,
  edited,
  type Member,
  NAMES,
  PROPERTY_LISTS,
  type Program,
  SWITCHES,
  TIES,
  urnOf,
  yamlOf,
} from './random-program.ts'
import type { Scenario } from './scenarios.ts'

const at = fc.nat({ max: 11 })
const name = fc.constantFrom(...NAMES)
const value = fc.constantFrom(
  1,
  1.5,
  4503599627370497,
  true,
  'text',
  '<&> \u2028 é',
  '',
  ['list', { deep: null }],
  { 'fn::secret': 'hush' },
  { deep: [{ 'fn::secret': { more: 1 } }] },
)
/** `fixed` replaces a thing, `first` deletes it before, `wary` has it refreshed before. */
const properties = fc.oneof(
  { weight: 4, arbitrary: fc.record({ value }) },
  { weight: 4, arbitrary: fc.record({ fixed: fc.constantFrom('one', 'two', 'three') }) },
  { weight: 1, arbitrary: fc.record({ first: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ wary: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ token: fc.constantFrom('open', { 'fn::secret': 'hush' }) }) },
)
const member: fc.Arbitrary<Omit<Member, 'aliases'>> = fc.record({
  name,
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('thing' as const) },
    { weight: 2, arbitrary: fc.constant('box' as const) },
    { weight: 1, arbitrary: fc.constant('stash' as const) },
  ),
  properties,
  valueFrom: fc.option(name, { nil: undefined }),
  switches: fc.subarray([...SWITCHES], { maxLength: 1 }),
  ties: fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 2, arbitrary: fc.record({ parent: name }) },
    { weight: 1, arbitrary: fc.record({ deletedWith: name }) },
    { weight: 1, arbitrary: fc.record({ replaceWith: name }) },
  ),
  propertyLists: fc.constant({}),
})

const edit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ edit: fc.constant('add' as const), at, member }) },
  { weight: 2, arbitrary: fc.record({ edit: fc.constant('remove' as const), at }) },
  { weight: 5, arbitrary: fc.record({ edit: fc.constant('set' as const), at, properties }) },
  {
    weight: 2,
    arbitrary: fc.record({ edit: fc.constant('switch' as const), at, option: fc.constantFrom(...SWITCHES) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      edit: fc.constant('tie' as const),
      at,
      option: fc.constantFrom('parent', ...TIES),
      to: fc.option(name, { nil: undefined }),
      isAliased: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      edit: fc.constant('list' as const),
      at,
      option: fc.constantFrom(...PROPERTY_LISTS),
      property: fc.constantFrom('value', 'made'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ edit: fc.constant('rename' as const), at, to: name, isAliased: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ edit: fc.constant('unalias' as const), at }) },
  {
    weight: 1,
    arbitrary: fc.record({ edit: fc.constant('outputs' as const), outputs: fc.record({ x: value }) }),
  },
)

/** A command's words; `THE ONE` becomes the URN of the member that the step picks. */
const THE_ONE = 'THE ONE'
const COMMANDS: readonly { readonly weight: number; readonly words: readonly string[] }[] = [
  { weight: 12, words: ['up'] },
  { weight: 2, words: ['up', '--refresh'] },
  { weight: 1, words: ['up', '--continue-on-error'] },
  { weight: 1, words: ['up', '--target', THE_ONE] },
  { weight: 1, words: ['up', '--target', THE_ONE, '--target-dependents'] },
  { weight: 1, words: ['up', '--replace', THE_ONE] },
  { weight: 1, words: ['up', '--exclude', THE_ONE] },
  { weight: 4, words: ['refresh'] },
  { weight: 1, words: ['refresh', '--clear-pending-creates'] },
  { weight: 1, words: ['refresh', '--run-program'] },
  { weight: 1, words: ['refresh', '--target', THE_ONE] },
  { weight: 2, words: ['destroy'] },
  { weight: 1, words: ['destroy', '--exclude-protected'] },
  { weight: 1, words: ['destroy', '--target', THE_ONE, '--target-dependents'] },
  { weight: 1, words: ['state', 'unprotect', '--all', '--yes'] },
  { weight: 1, words: ['state', 'taint', THE_ONE, '--yes'] },
]

const mood = fc.oneof(
  { weight: 5, arbitrary: fc.constant('fair' as const) },
  { weight: 2, arbitrary: fc.constantFrom('vanished' as const, 'drifted' as const) },
  { weight: 3, arbitrary: fc.constantFrom('failing' as const, 'failingHalfway' as const) },
  { weight: 3, arbitrary: fc.constant('hanging' as const) },
)

const plannedStep = fc.record({
  edits: fc.array(edit, { minLength: 1, maxLength: 4 }),
  command: fc.oneof(...COMMANDS.map(({ weight, words }) => ({ weight, arbitrary: fc.constant({ words }) }))),
  pick: at,
  mood,
  /** Picks, too. */
  struck: fc.uniqueArray(at, { minLength: 1, maxLength: 2 }),
  interrupt: fc.constantFrom('once' as const, 'kill' as const, 'kill' as const),
})
type PlannedStep = typeof plannedStep extends fc.Arbitrary<infer Planned> ? Planned : never

/** The first step makes some members, whatever else it does. */
export function scenarios(steps: number): fc.Arbitrary<Scenario> {
  const adding = fc.record({ edit: fc.constant('add' as const), at, member })
  const life = fc
    .record({
      first: fc.array(adding, { minLength: 3, maxLength: 6 }),
      planned: fc.array(plannedStep, { minLength: Math.ceil(steps / 2), maxLength: steps, size: 'max' }),
    })
    .map(({ first, planned }) => scenarioOf(first, planned))
  // Otherwise the first lives would be short and dull.
  return fc.noBias(life)
}

function scenarioOf(first: readonly Edit[], planned: readonly PlannedStep[]): Scenario {
  let program: Program = EMPTY
  let forgetsEmptyLists = false
  const steps = planned.map((plan, index): Step => {
    const before = program
    for (const one of index === 0 ? first : plan.edits) program = edited(program, one)
    const step = stepOf(plan, before, program, index)
    forgetsEmptyLists ||= step.command?.includes('--run-program') ?? false
    return { ...step, forgetsEmptyLists }
  })
  return { name: 'a random life', steps }
}

function stepOf(
  { command, pick, mood, struck, interrupt }: PlannedStep,
  before: Program,
  program: Program,
  index: number,
): Step {
  // What is in the state already, unless something went wrong.
  const known = before.members.length > 0 ? before : program
  const picked = known.members[pick % Math.max(1, known.members.length)]
  const urn = picked ? urnOf(known, picked) : '**'
  const words = index === 0 ? ['up'] : command.words.map((word) => (word === THE_ONE ? urn : word))
  const names = [...new Set([...program.members, ...before.members].map((one) => one.name))]
  const unlucky = struck.map((place) => names[place % names.length] ?? 'nobody')
  const weather: Partial<Record<keyof Weather, readonly string[]>> =
    mood === 'fair' ? {} : { [mood]: unlucky }
  return {
    name: `step ${index + 1}: ${words.join(' ')}${mood === 'fair' ? '' : `, ${mood} ${unlucky.join(' ')}`}`,
    program: yamlOf(program),
    command: words,
    weather,
    fails: 'perhaps',
    ...(mood === 'hanging' && { interrupt }),
  }
}
