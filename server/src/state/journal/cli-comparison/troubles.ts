/** What goes wrong in the middle of an update, and how it goes on. */
import { CHAIN, things } from './program.ts'
import type { Scenario } from './scenarios.ts'

const REFRESH = ['refresh']
const DESTROY = ['destroy']

export const TROUBLES: readonly Scenario[] = [
  {
    name: 'a replacement that fails',
    steps: [
      { name: 'create', program: things({ a: { fixed: 'one' }, b: { value: '${a.made}' } }) },
      {
        name: 'fails after',
        program: things({ a: { fixed: 'two' }, b: { value: '${a.made}' } }),
        weather: { failing: ['a'] },
        fails: true,
      },
      { name: 'goes on' },
      {
        name: 'cannot delete the old one',
        program: things({ a: { fixed: 'three' }, b: { value: 7, options: { dependsOn: ['${a}'] } } }),
        weather: { failing: ['b'] },
        fails: true,
      },
      { name: 'deletes it now' },
      {
        name: 'hangs between delete and create',
        program: things({ a: { fixed: 'four', first: true }, b: { value: '${a.made}' } }),
        weather: { hanging: ['a'] },
        interrupt: 'once',
        fails: true,
      },
      { name: 'is replaced at last' },
    ],
  },
  {
    name: 'deleted before its replacement, which fails',
    steps: [
      { name: 'create', program: things({ a: { fixed: 'one' }, b: { fixed: '${a.id}' }, c: { value: 1 } }) },
      {
        name: 'dependants deleted, then a failure',
        program: things({ a: { fixed: 'two', first: true }, b: { fixed: '${a.id}' }, c: { value: 2 } }),
        weather: { failing: ['b'] },
        fails: true,
      },
      { name: 'refresh', command: REFRESH },
      { name: 'goes on' },
    ],
  },
  {
    name: 'a parent that moves, and a failure before its children',
    steps: [
      {
        name: 'create',
        program: things({
          roof: { value: 0 },
          moving: { value: 1 },
          child: { value: 2, options: { parent: '${moving}' } },
          friend: { value: '${child.made}', options: { deletedWith: '${child}' } },
        }),
      },
      {
        name: 'moves and fails',
        program: things({
          roof: { value: 0 },
          moving: {
            value: 1,
            options: {
              parent: '${roof}',
              aliases: [{ urn: 'urn:pulumi:dev::proj::daytest:index:Thing::moving' }],
            },
          },
          wall: { value: 9 },
          child: { value: 2, options: { parent: '${moving}' } },
          friend: { value: '${child.made}', options: { deletedWith: '${child}' } },
        }),
        weather: { failing: ['wall'] },
        fails: true,
      },
      { name: 'goes on' },
    ],
  },
  {
    // The engine makes what is in it all the same, for a parent that is not there.
    name: 'a component that is left out',
    steps: [
      {
        name: 'left out',
        program: `resources:
  a: {type: daytest:Thing, properties: {value: 1}}
  b: {type: daytest:Box, properties: {fixed: one}, options: {dependsOn: ["\${a}"]}}
  c: {type: daytest:Thing, properties: {value: 2}, options: {dependsOn: ["\${b}"]}}
`,
        command: ['up', '--exclude', '**Box::b'],
      },
      { name: 'made after all', command: ['up'] },
      { name: 'destroyed', command: DESTROY },
    ],
  },
  {
    name: 'failures',
    steps: [
      { name: 'the first up fails', program: things(CHAIN), weather: { failing: ['b'] }, fails: true },
      { name: 'goes on' },
      {
        name: 'update fails',
        program: things({ ...CHAIN, b: { value: 'other' } }),
        weather: { failing: ['b'] },
        fails: true,
      },
      {
        name: 'half made',
        program: things({ ...CHAIN, d: { value: 1 } }),
        weather: { failingHalfway: ['d'] },
        fails: true,
      },
      {
        name: 'half updated',
        program: things({ ...CHAIN, a: { value: 5 } }),
        weather: { failingHalfway: ['a'] },
        fails: true,
      },
      { name: 'mended' },
      {
        name: 'delete fails',
        program: things({ a: { value: 5 } }),
        weather: { failing: ['c'] },
        fails: true,
      },
      {
        name: 'continue on error',
        program: things({ a: { value: 6 }, z: { value: 1 } }),
        command: ['up', '--continue-on-error'],
        weather: { failing: ['a', 'b'] },
        fails: true,
      },
      { name: 'destroy fails', command: DESTROY, weather: { failing: ['b'] }, fails: true },
      { name: 'destroy', command: DESTROY },
    ],
  },
  {
    name: 'interrupted',
    steps: [
      { name: 'create', program: things({ a: { value: 1 } }) },
      {
        name: 'politely',
        program: things(CHAIN),
        weather: { hanging: ['b'] },
        interrupt: 'once',
        fails: true,
      },
      { name: 'twice', weather: { hanging: ['b'] }, interrupt: 'twice', fails: true },
      { name: 'killed', weather: { hanging: ['b'] }, interrupt: 'kill', fails: true },
      { name: 'a pending create is kept', program: things({ a: { value: 2 } }) },
      {
        name: 'killed in an update',
        program: things({ a: { value: 3 } }),
        weather: { hanging: ['a'] },
        interrupt: 'kill',
        fails: true,
      },
      {
        name: 'killed in a delete',
        program: things({ z: { value: 1 } }),
        weather: { hanging: ['a'] },
        interrupt: 'kill',
        fails: true,
      },
      { name: 'settled', command: ['refresh', '--clear-pending-creates'] },
      { name: 'done', program: things(CHAIN) },
    ],
  },
  {
    name: 'first up killed',
    steps: [
      { name: 'killed', program: things(CHAIN), weather: { hanging: ['b'] }, interrupt: 'kill', fails: true },
      { name: 'goes on', command: ['up'] },
    ],
  },
  {
    name: 'a state from before there were provider resources',
    steps: [
      { name: 'create', program: things(CHAIN) },
      {
        name: 'gets them',
        edit: (deployment) => {
          deployment.resources = deployment.resources.filter(
            ({ type }) => !type.startsWith('pulumi:providers:'),
          )
          for (const resource of deployment.resources) delete resource.provider
        },
        program: things({ ...CHAIN, c: { value: 7 } }),
      },
      {
        name: 'gets them and fails',
        edit: (deployment) => {
          deployment.resources = deployment.resources.filter(
            ({ type }) => !type.startsWith('pulumi:providers:'),
          )
          for (const resource of deployment.resources) delete resource.provider
        },
        program: things({ ...CHAIN, b: { value: 8 } }),
        weather: { failing: ['b'] },
        fails: true,
      },
    ],
  },
]
