import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'

const main = join(import.meta.dirname, 'main.ts')
const aws = {
  accounts: [
    {
      id: '123456789012',
      oidcProviders: [{ url: 'http://127.0.0.1:1/oidc', audiences: ['acme'] }],
      roles: [],
    },
  ],
}
const config = { aws }
const TENANT = '11111111-1111-4111-8111-111111111111'

function start(
  written: string | undefined,
  flags: readonly string[] = [],
): ChildProcess & { errors: () => string } {
  const folder = mkdtempSync(join(tmpdir(), 'local-aws-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'config.json')
  if (written !== undefined) writeFileSync(file, written)
  const child = spawn(process.execPath, [main, '--config', file, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  return Object.assign(child, { errors: () => errors })
}

async function endOf(child: ChildProcess & { errors: () => string }) {
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, errors: child.errors() }
}

test('it starts, says where, answers, and ends when told to', async () => {
  const child = start(JSON.stringify(config))
  const [line] = (await once(createInterface({ input: child.stdout as NodeJS.ReadableStream }), 'line')) as [
    string,
  ]
  expect(line).toMatch(/^Local AWS listening on http:\/\/127\.0\.0\.1:\d+$/)
  const response = await fetch(line.replace(/^.* /, ''))
  expect(await response.text()).toContain('<Code>InvalidAction</Code>')
  expect(child.errors()).toContain('Only this local cloud trusts the issuer http://127.0.0.1:1/oidc')
  child.kill('SIGTERM')
  expect((await endOf(child)).code).toBe(0)
})

test('all three of the example in the documentation, each with its address, and Azure by https with the certificate that it wrote', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'local-clouds-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const caFile = join(folder, 'ca.pem')
  const child = start(readFileSync(join(import.meta.dirname, '../example.json'), 'utf8'), [
    '--ca-file',
    caFile,
  ])
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    lines.push(line)
    if (line.startsWith('Start Daypass')) break
  }
  const [, awsUrl, azureUrl, googleUrl] =
    /^Local AWS listening on (http:\S+)\nLocal Azure listening on (https:\S+)\nLocal Google Cloud listening on (http:\S+)\n/.exec(
      lines.join('\n'),
    ) ?? []
  expect(lines.at(-1)).toBe(
    `Start Daypass with: --aws-sts-url ${awsUrl} --azure-authority-url ${azureUrl} --google-sts-url ${googleUrl} --google-iam-url ${googleUrl} --ca-file ${caFile}`,
  )
  expect((await fetch(`${googleUrl}/oauth2/v3/userinfo`)).status).toBe(401)
  const discovery = await askByHttps(
    `${azureUrl}/${TENANT}/v2.0/.well-known/openid-configuration`,
    readFileSync(caFile, 'utf8'),
  )
  expect(readFileSync(caFile, 'utf8')).toMatch(/-----\n$/)
  expect(JSON.parse(discovery)).toMatchObject({ issuer: `${azureUrl}/${TENANT}/v2.0` })
})

async function askByHttps(url: string, ca: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  get(url, { ca }, (response) => text(response).then(resolve, reject)).on('error', reject)
  return promise
}

test.each<[string | undefined, string[], string]>([
  [undefined, [], 'cannot be read'],
  ['{', [], 'is not valid JSON'],
  ['{"aws":{},"aws":{}}', [], 'says $.aws twice'],
  ['{"aws":{"accounts":[{"id":"7"}]}}', [], 'is wrong at $.aws.accounts[0].id: An account id has 12 digits.'],
  [
    '{"azure":{"tenants":[{"id":"7"}]}}',
    [],
    'is wrong at $.azure.tenants[0].id: $.azure.tenants[0].id must be',
  ],
  ['{"google":{"providers":[]}}', [], 'is wrong at $.google: '],
  ['{"accounts":[]}', [], '"accounts" is unknown at $; known are aws, azure, google.'],
  ['{}', [], 'names no cloud'],
  [JSON.stringify(config), ['--port', '70000'], '--port must be 0 to 65533'],
  [JSON.stringify(config), ['--verbose'], 'See --help'],
])('with %j %j it stops with a sentence', async (written, flags, words) => {
  const { code, errors } = await endOf(start(written, flags))
  expect(code).toBe(2)
  expect(errors).toContain(words)
  expect(errors).not.toContain('    at ')
})

test('a port that is taken is said to be so', async () => {
  const first = start(JSON.stringify(config))
  const [line] = (await once(createInterface({ input: first.stdout as NodeJS.ReadableStream }), 'line')) as [
    string,
  ]
  const port = new URL(line.replace(/^.* /, '')).port
  const { code, errors } = await endOf(start(JSON.stringify(config), ['--port', port]))
  expect(code).toBe(2)
  expect(errors).toMatch(
    new RegExp(`Port ${port} of 127.0.0.1, or one .* cannot be listened on .EADDRINUSE.`),
  )
})
