import { expect, test } from 'vitest'
import { FailedCommand } from '../failed-command.ts'
import { planMoves, type Wish } from './plan.ts'

const AVAILABLE = ['organization/web/dev', 'organization/web/prod', 'organization/api/dev']
const WEB = { name: 'web', folder: '/web' }
const WISH: Wish = {
  stacks: [],
  all: false,
  to: undefined,
  organization: 'main',
  projects: [WEB],
  withoutConfig: false,
}

test('a stack keeps its project and name, and is moved from its project’s folder', () => {
  expect(planMoves(AVAILABLE, { ...WISH, stacks: ['prod'] })).toEqual([
    {
      source: 'organization/web/prod',
      from: { project: 'web', stack: 'prod' },
      target: 'main/web/prod',
      to: { project: 'web', stack: 'prod' },
      folder: '/web',
    },
  ])
})

test('another name is looked for in the folder of its own project', () => {
  const [move] = planMoves(AVAILABLE, { ...WISH, stacks: ['api/dev'], to: 'acme/web/api-dev' })
  expect(move).toMatchObject({
    from: { project: 'api', stack: 'dev' },
    target: 'acme/web/api-dev',
    folder: '/web',
  })
})

test('an old file backend’s stack belongs to the only project that is known', () => {
  expect(planMoves(['dev'], { ...WISH, all: true })).toMatchObject([
    { source: 'dev', target: 'main/web/dev' },
  ])
})

test.each<[Partial<Wish>, RegExp]>([
  [{}, /say which stacks/],
  [{ stacks: ['dev'], all: true }, /say which stacks/],
  [{ stacks: ['nope'] }, /no stack "nope"; it has organization\/web\/dev/],
  [{ stacks: ['dev'] }, /"dev" may be organization\/web\/dev or organization\/api\/dev/],
  [{ stacks: ['web/dev', 'prod'], to: 'main/web/x' }, /--to names one stack/],
  [{ stacks: ['prod'], to: 'web/x' }, /--to takes organization\/project\/stack/],
  [{ stacks: ['api/dev'] }, /project "api" is unknown.*--without-config/],
])('%j is refused', (wish, sentence) => {
  const plan = () => planMoves(AVAILABLE, { ...WISH, ...wish })
  expect(plan).toThrow(FailedCommand)
  expect(plan).toThrow(sentence)
})

test('without a configuration no folder is needed', () => {
  const moves = planMoves(AVAILABLE, { ...WISH, all: true, withoutConfig: true })
  expect(moves.map(({ folder }) => folder)).toEqual([undefined, undefined, undefined])
})
