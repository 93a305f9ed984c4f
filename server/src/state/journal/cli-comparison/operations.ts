/** What people do to a stack when all goes well. */
import { CHAIN, FAMILY, things } from './program.ts'
import type { Scenario } from './scenarios.ts'

const UP = ['up']
const REFRESH = ['refresh']
const DESTROY = ['destroy']

export const OPERATIONS: readonly Scenario[] = [
  {
    name: 'create, no change, update, delete, destroy',
    steps: [
      { name: 'create', program: things(CHAIN, { x: '${c.made}' }) },
      { name: 'no change' },
      { name: 'update', program: things({ ...CHAIN, b: { value: '<&> \u2028' } }, { x: '${c.made}' }) },
      { name: 'delete', program: things({ a: CHAIN.a, b: CHAIN.b }) },
      { name: 'outputs only', program: things({ a: CHAIN.a, b: CHAIN.b }, { y: 1.5, z: ['a', null] }) },
      { name: 'other outputs', program: things({ a: CHAIN.a, b: CHAIN.b }, { y: 4503599627370497 }) },
      { name: 'destroy', command: DESTROY },
      { name: 'again', command: UP },
      { name: 'destroy again', command: DESTROY },
    ],
  },
  {
    name: 'replace',
    steps: [
      {
        name: 'create',
        program: things({ a: { fixed: 'one' }, b: { value: '${a.made}' }, c: { fixed: '${a.id}' } }),
      },
      {
        name: 'replaced after',
        program: things({ a: { fixed: 'two' }, b: { value: '${a.made}' }, c: { fixed: '${a.id}' } }),
      },
      {
        name: 'replaced before',
        program: things({
          a: { fixed: 'three', first: true },
          b: { value: '${a.made}' },
          c: { fixed: '${a.id}' },
        }),
      },
      {
        name: 'replaced before by option',
        program: things({
          a: { fixed: 'four', options: { deleteBeforeReplace: true } },
          b: { value: '${a.made}' },
          c: { fixed: '${a.id}' },
        }),
      },
      {
        name: 'replaced on changes',
        program: things({ a: { fixed: 'four' }, b: { value: 9, options: { replaceOnChanges: ['value'] } } }),
      },
      {
        name: 'replaced on changes again',
        program: things({ a: { fixed: 'four' }, b: { value: 10, options: { replaceOnChanges: ['value'] } } }),
      },
      {
        name: 'replaced by hand',
        command: ['up', '--replace', 'urn:pulumi:dev::proj::daytest:index:Thing::a'],
      },
    ],
  },
  {
    name: 'parents and children',
    steps: [
      { name: 'create', program: things(FAMILY) },
      { name: 'parent vanished', command: REFRESH, weather: { vanished: ['parent'] } },
      { name: 'made again' },
      { name: 'child vanished', command: REFRESH, weather: { vanished: ['child'] } },
      { name: 'made again too' },
      { name: 'all drifted', command: REFRESH, weather: { drifted: ['parent', 'child', 'grandchild'] } },
      { name: 'set right', command: ['up', '--refresh'], weather: { drifted: ['child'] } },
      { name: 'vanish during up', command: ['up', '--refresh'], weather: { vanished: ['child', 'friend'] } },
      {
        name: 'a program in refresh',
        command: ['refresh', '--run-program'],
        weather: { vanished: ['child'] },
      },
      { name: 'made again three' },
      {
        name: 'drift in a program',
        command: ['up', '--refresh', '--run-program'],
        weather: { drifted: ['parent'] },
      },
    ],
  },
  {
    name: 'aliases',
    steps: [
      {
        name: 'create',
        program: things({
          ...FAMILY,
          companion: { value: 4, options: { deletedWith: '${parent}' } },
          bystander: { value: 5 },
        }),
      },
      {
        name: 'renamed',
        program: things({
          mother: { value: 1, options: { aliases: [{ name: 'parent' }] } },
          child: { value: 2, options: { parent: '${mother}' } },
          grandchild: { value: '${child.made}', options: { parent: '${child}' } },
          friend: { value: 3, options: { dependsOn: ['${grandchild}'] } },
          companion: { value: 4, options: { deletedWith: '${mother}' } },
          bystander: { value: 5 },
        }),
      },
      {
        name: 'renamed and failed',
        program: things({
          first: { value: 0 },
          mama: { value: 1, options: { aliases: [{ name: 'mother' }] } },
          child: { value: 22, options: { parent: '${mama}' } },
          grandchild: { value: '${child.made}', options: { parent: '${child}' } },
          friend: { value: 3, options: { dependsOn: ['${grandchild}'] } },
          companion: { value: 4, options: { deletedWith: '${mama}' } },
          bystander: { value: 5 },
        }),
        weather: { failing: ['child'] },
        fails: true,
      },
      { name: 'goes on' },
      {
        name: 'renamed and replaced',
        program: things({
          ma: { fixed: 'x', options: { aliases: [{ name: 'mama' }] } },
          child: { value: 22, options: { parent: '${ma}', aliases: [{ parent: '${ma}' }] } },
          companion: { value: 4, options: { deletedWith: '${ma}' } },
        }),
      },
      {
        name: 'moved out',
        program: things({
          ma: { fixed: 'x' },
          child: { value: 22, options: { aliases: [{ parent: '${ma}' }] } },
          companion: { value: 4, options: { deletedWith: '${ma}' } },
        }),
      },
    ],
  },
  {
    name: 'options',
    steps: [
      {
        name: 'create',
        program: things({
          kept: { value: 1, options: { retainOnDelete: true } },
          guarded: { value: 2, options: { protect: true } },
          slow: { value: 3, options: { customTimeouts: { create: '5m' } } },
          blind: { value: 4, options: { ignoreChanges: ['value'] } },
          shy: { value: 5, options: { additionalSecretOutputs: ['made'] } },
        }),
      },
      {
        name: 'protected',
        program: things({ blind: { value: 44, options: { ignoreChanges: ['value'] } } }),
        fails: true,
      },
      { name: 'unprotect', command: ['state', 'unprotect', '--all', '--yes'] },
      { name: 'deleted now', command: UP },
      {
        name: 'taint',
        command: ['state', 'taint', 'urn:pulumi:dev::proj::daytest:index:Thing::blind', '--yes'],
      },
      { name: 'other resources keep the taint', command: ['up', '--target', '**stack**'] },
      { name: 'untainted by replacement', command: UP },
    ],
  },
  {
    name: 'import and read',
    steps: [
      { name: 'create', program: things({ a: { value: 1 } }) },
      {
        name: 'import by option',
        program: things({ a: { value: 1 }, b: { value: 'found there', options: { import: 'there' } } }),
      },
      {
        name: 'import by command',
        command: [
          'import',
          'daytest:index:Thing',
          'c',
          'elsewhere',
          '--generate-code=false',
          '--protect=false',
        ],
      },
      { name: 'forgotten', command: UP },
      {
        name: 'read',
        program:
          'resources:\n  r: {type: daytest:Thing, get: {id: outside, state: {value: 1}}}\n  a: {type: daytest:Thing, properties: {value: "${r.made}"}}\n',
      },
      { name: 'read again' },
      {
        name: 'import in the place of another',
        program: things({ a: { value: 'found third', options: { import: 'third' } } }),
      },
      { name: 'destroyed', command: DESTROY },
    ],
  },
  {
    name: 'secrets',
    steps: [
      {
        name: 'create',
        program: `config: {}
resources:
  a: {type: daytest:Thing, properties: {token: {"fn::secret": "hush"}}}
  b: {type: daytest:Thing, properties: {value: {deep: ["\${a.token}", 1]}}}
  s: {type: pulumi:Stash, properties: {input: {"fn::secret": {x: 1}}}, options: {dependsOn: ["\${b}"]}}
outputs: {secret: "\${a.secretMade}", open: "\${b.made}"}
`,
      },
      { name: 'no change' },
      {
        name: 'no longer secret',
        program: `resources:
  a: {type: daytest:Thing, properties: {token: hush}}
  s: {type: pulumi:Stash, properties: {input: {"fn::secret": {x: 2}}}, options: {dependsOn: ["\${a}"]}}
outputs: {secret: "\${a.secretMade}"}
`,
      },
      { name: 'refresh', command: REFRESH, weather: { drifted: ['a'] } },
    ],
  },
  {
    name: 'targets',
    steps: [
      { name: 'create', program: things(CHAIN) },
      {
        name: 'one of three',
        program: things({
          a: { value: 2 },
          b: { value: '${a.made} again' },
          c: { value: '${b.made} again' },
          d: { value: 1 },
        }),
        command: ['up', '--target', 'urn:pulumi:dev::proj::daytest:index:Thing::b'],
      },
      {
        name: 'refresh of one',
        command: ['refresh', '--target', '**Thing::c'],
        weather: { vanished: ['c'] },
      },
      { name: 'all but one', command: ['up', '--exclude', '**Thing::d'] },
      { name: 'destroy one', command: ['destroy', '--target', '**Thing::a', '--target-dependents'] },
      { name: 'the rest' },
    ],
  },
  {
    name: 'features of schema version 4',
    steps: [
      { name: 'create', program: things({ a: { value: 1, wary: true }, b: { value: '${a.made}' } }) },
      {
        name: 'refreshed before',
        program: things({ a: { value: 2, wary: true }, b: { value: '${a.made}' } }),
        weather: { drifted: ['a'] },
      },
      { name: 'vanished before', weather: { vanished: ['a'] } },
      { name: 'refresh', command: REFRESH },
      { name: 'bold', program: things({ a: { value: 3 }, b: { value: 1 } }) },
    ],
  },
  {
    name: 'replaced with another',
    steps: [
      {
        name: 'create',
        program: things({ a: { fixed: '1' }, b: { value: 1, options: { replaceWith: ['${a}'] } } }),
      },
      {
        name: 'both replaced',
        program: things({ a: { fixed: '2' }, b: { value: 1, options: { replaceWith: ['${a}'] } } }),
      },
      {
        name: 'renamed, and the other fails',
        program: things({
          aa: { fixed: '2', options: { aliases: [{ name: 'a' }] } },
          f: { value: 1 },
          b: { value: 1, options: { replaceWith: ['${aa}'], dependsOn: ['${f}'] } },
        }),
        weather: { failing: ['f'] },
        fails: true,
      },
      { name: 'goes on' },
      { name: 'refresh', command: REFRESH, weather: { vanished: ['aa'] } },
    ],
  },
  {
    name: 'providers of its own',
    steps: [
      {
        name: 'create',
        program: `resources:
  p: {type: pulumi:providers:daytest, properties: {}}
  a: {type: daytest:Thing, properties: {value: 1}, options: {provider: "\${p}"}}
  b: {type: daytest:Thing, properties: {value: 1}, options: {dependsOn: ["\${a}"]}}
`,
      },
      {
        name: 'renamed provider',
        program: `resources:
  q: {type: pulumi:providers:daytest, properties: {}, options: {aliases: [{name: p}]}}
  f: {type: daytest:Thing, properties: {value: 1}, options: {dependsOn: ["\${q}"]}}
  a: {type: daytest:Thing, properties: {value: 1}, options: {provider: "\${q}", dependsOn: ["\${f}"]}}
  b: {type: daytest:Thing, properties: {value: 1}, options: {dependsOn: ["\${a}"]}}
`,
        weather: { failing: ['f'] },
        fails: true,
      },
      { name: 'goes on' },
      { name: 'destroy', command: DESTROY },
    ],
  },
]
