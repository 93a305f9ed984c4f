import { expect, test } from 'vitest'
import { describeMachine } from './machine.ts'
import { reportText } from './report.ts'

const verdict = {
  name: 'state-up-1',
  ours: '0.60 s',
  peer: '0.40 s',
  ratio: '1.50',
  goal: '<= 1.5',
  reached: true,
}

const run = {
  command: 'npm run bench -- state',
  machine: [
    ['Date', '2030-01-02'],
    ['Processor', 'A|B, 2 cores'],
  ],
  names: ['issuer', 'state', 'queue'],
  before: undefined,
} as const
const state = {
  name: 'state',
  about: 'What it is.\n',
  verdicts: [verdict, { ...verdict, name: 'state-up-100', reached: false }],
}
const STATE_SECTION = [
  '## state',
  '',
  'What it is.',
  '',
  '| Line | Daypass | Beside | Ratio | Goal |  |',
  '|---|---|---|---|---|---|',
  '| `state-up-1` | 0.60 s | 0.40 s | 1.50 | <= 1.5 | ok |',
  '| `state-up-100` | 0.60 s | 0.40 s | 1.50 | <= 1.5 | **short** |',
  '',
  '`npm run bench -- state` · Date: 2030-01-02 · Processor: A|B, 2 cores',
  '',
].join('\n')

test('a page says what was run on what, and shows every line, also one that is short', () => {
  const text = reportText({ ...run, benches: [state] })
  expect(text.slice(text.indexOf('## state'))).toBe(STATE_SECTION)
})

test('a run of some benchmarks leaves the sections of the others as they were, in their order', () => {
  const before = reportText({ ...run, benches: [state] })
  const more = [
    { name: 'queue', about: 'Q', verdicts: [verdict] },
    { name: 'issuer', about: 'I', verdicts: [verdict] },
  ]
  const page = reportText({ ...run, command: 'another', benches: more, before })
  expect(page.match(/^## .*/gm)).toEqual(['## issuer', '## state', '## queue'])
  expect(page).toContain(STATE_SECTION)
  const again = reportText({
    ...run,
    command: 'a third',
    benches: [{ ...state, about: 'Anew.' }],
    before: page,
  })
  expect(again).not.toContain('What it is.')
  expect(again.match(/^# .*/gm)).toEqual(['# Performance'])
})

test('a machine is described by date, processor, memory and the programs', async () => {
  const machine = new Map(await describeMachine(new Date('2030-01-02T03:04:05Z'), undefined))
  expect(machine.get('Date')).toBe('2030-01-02')
  expect(machine.get('Processor')).toMatch(/, \d+ cores$/)
  expect(machine.get('Memory')).toMatch(/^\d+\.\d GiB$/)
  expect(machine.get('Node.js')).toBe(process.version.slice(1))
  expect(machine.get('PostgreSQL')).toMatch(/^\d+\.\d+, /)
  expect(machine.get('pulumi')).toBe('none')
})
