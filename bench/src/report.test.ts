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

test('a page says what was run on what, and shows every line, also one that is short', () => {
  const text = reportText({
    command: 'npm run bench -- state',
    machine: [['Processor', 'A|B, 2 cores']],
    benches: [
      {
        name: 'state',
        about: 'What it is.\n',
        verdicts: [verdict, { ...verdict, name: 'state-up-100', reached: false }],
      },
    ],
  })
  expect(text).toContain('`npm run bench -- state`')
  expect(text).toContain('|  |  |\n|---|---|\n| Processor | A\\|B, 2 cores |\n')
  expect(text.slice(text.indexOf('## state'))).toBe(
    [
      '## state',
      '',
      'What it is.',
      '',
      '| Line | Daypass | Beside | Ratio | Goal |  |',
      '|---|---|---|---|---|---|',
      '| `state-up-1` | 0.60 s | 0.40 s | 1.50 | <= 1.5 | ok |',
      '| `state-up-100` | 0.60 s | 0.40 s | 1.50 | <= 1.5 | **short** |',
      '',
    ].join('\n'),
  )
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
