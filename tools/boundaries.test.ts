import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { blankProse, importsOf } from './boundaries/imports.ts'
import { checkBoundaries } from './boundaries.ts'

/** Each folder of fixtures is a small repository; all but `honest` cheat. */
const check = (fixture: string) =>
  checkBoundaries(fileURLToPath(new URL(`./fixtures/boundaries/${fixture}`, import.meta.url)))

test('an honest repository has no violations', () => {
  expect(check('honest')).toEqual({
    violations: [],
    sizes: '12 files, median 2 lines, longest 11 (server/src/jobs/job.ts)',
  })
})

test('rule 1 catches every import between workspaces that should not know each other', () => {
  const may = 'may import server, contract, trust, test'
  expect(check('workspaces').violations).toEqual([
    'cli/src/imports-runner.ts:1 imports runner/src/job.ts; cli may import cli, contract, trust',
    'console/src/imports-server.tsx:1 imports server/src/app.ts; console may import console, contract, trust',
    'contract/src/needs-trust.ts:1 imports trust/src/aws/role.ts; contract may import nothing but itself',
    'local-clouds/src/reaches-by-path.ts:1 reaches into trust by a path; import it as @daypass/trust/…',
    'runner/src/imports-server-by-name.ts:1 imports server/src/deployments/claim.ts; runner may import runner, contract, trust',
    'runner/src/imports-server.ts:1 imports server/src/deployments/claim.ts; runner may import runner, contract, trust',
    'runner/src/listens.ts:1 imports fastify, which runner may not use',
    'runner/src/opens-the-database.ts:1 imports pg, which runner may not use',
    `server/src/imports-runner.test.ts:1 imports runner/src/run.ts; server ${may}`,
    'trust/src/reads-files.ts:1 imports node:fs, which trust may not use',
  ])
})

test('rules 2 and 3 catch what slices should not know of each other', () => {
  const order = 'against triggers → deployments ← jobs → issuer, logs, state'
  const none = 'may import none of the slices in that order'
  expect(check('slices').violations).toEqual([
    'server/src/jobs/job.ts:2 imports the SQL of another slice (server/src/deployments/claim.sql.ts); use its noun file',
    'server/src/jobs/job.ts:3 imports the routes of another slice (server/src/deployments/routes.ts)',
    `server/src/deployments/deployment.ts:2 imports server/src/jobs/job.ts, ${order}; deployments ${none}`,
    `server/src/issuer/issuer.ts:2 imports server/src/logs/log.ts, ${order}; issuer ${none}`,
    'server/src/access and server/src/stacks import each other in a circle (server/src/stacks/stack.ts:2)',
    'server/src/access and server/src/webhooks import each other in a circle (server/src/access/principal.ts:2)',
    'server/src/deployments and server/src/jobs import each other in a circle (server/src/deployments/deployment.ts:2, server/src/jobs/job.ts:2)',
    'server/src/stacks and server/src/webhooks import each other in a circle (server/src/webhooks/webhook.ts:2)',
    'server/src/logs has no noun file that opens with what the slice owns and what it does not',
  ])
})

test('rule 4 catches every way of reading the environment outside a main.ts', () => {
  const sentence = 'reads process.env; read it in main.ts and hand on the value'
  expect(check('environment').violations).toEqual([
    `cli/src/login.ts:1 ${sentence}`,
    `local-clouds/src/sts.ts:1 ${sentence}`,
    `runner/src/job/steps.ts:1 ${sentence}`,
    `server/src/config.ts:2 ${sentence}`,
  ])
})

test('rule 5 catches drawers, barrels and files that are too long', () => {
  expect(check('shape').violations).toEqual([
    'contract/src/index.ts is a barrel; import from the files themselves',
    'runner/src/common.ts is a drawer for leftovers; name it after what it holds',
    'server/src/state/lines-401.ts has 401 lines; 400 is the most',
    'server/src/state/utils/strings.ts is a drawer for leftovers; name it after what it holds',
    'trust/src/aws.ts is a barrel; import from the files themselves',
  ])
})

test.each([
  ["import a from 'x'", ['x']],
  ["import type { A } from 'x'", ['x']],
  ["import * as a from 'x'\nexport * from 'y'", ['x', 'y']],
  ["import a, {\n  b,\n  type C,\n} from 'x'", ['x']],
  ['import "x"', ['x']],
  ["export { a as default } from 'x'", ['x']],
  ["const a = await import(\n  'x'\n)", ['x']],
  ["type A = import('x').A", ['x']],
  ["const a = require('x')", ['x']],
  ["// import a from 'x'\n/* import b from 'y' */", []],
  ["const a = `\nimport b from 'x'\n`", []],
  [`const a = "import('x')"`, []],
  [`const a = \`\${await import('x')} import('y')\``, ['x']],
  ["const a = /[/'\"`]/, b = `\n`\nimport('x')", ['x']],
  ["const a = 1 / 2 // '\nimport b from 'x'", ['x']],
  ["const url = 'https://a' // b'\nimport c from 'x'", ['x']],
  ["export const from = 1\nconst b = 'x'", []],
])('the imports of %j are %j', (code, specifiers) => {
  expect(importsOf(code).map(({ specifier }) => specifier)).toEqual(specifiers)
})

test('blanking keeps every line where it was', () => {
  const text = `a /* b\nc */ d \`e\n\${ {f: \`g\`} }\nh\` // i\nj`
  expect(blankProse(text)).toBe(`a     \n     d \` \n\${ {f: \` \`} }\n \`     \nj`)
})
