/** The trust commands as programs: files in, words or JSON and an exit code out. */
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { Command } from 'commander'
import { Check } from 'typebox/value'
import { afterAll, expect, test, vi } from 'vitest'
import { addTrustCommands } from '../commands/trust.ts'
import { FailedCommand } from '../failed-command.ts'
import { Explained } from './explain.ts'

const MAIN = join(import.meta.dirname, '../main.ts')
const ISSUER = ['--issuer', 'https://daypass.example.com/oidc']
const SCOPE = ['--stack', 'acme/shop/dev', ...ISSUER]
const folder = mkdtempSync(join(tmpdir(), 'daypass-trust-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** In this process, for each start of another takes a second. */
async function trust(words: readonly string[]) {
  const said = { out: '', err: '' }
  const hear = (where: 'out' | 'err') => (text: string | Uint8Array) => {
    said[where] += text
    return true
  }
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(hear('out')),
    vi.spyOn(process.stderr, 'write').mockImplementation(hear('err')),
  ]
  const program = new Command('daypass')
  addTrustCommands(program, {
    env: { DAYPASS_SERVER: 'http://127.0.0.1:9' },
    fetch: globalThis.fetch,
    now: () => new Date(),
    folder,
    input: process.stdin,
  })
  let code = 0
  try {
    await program.parseAsync(['trust', ...words], { from: 'user' })
    code = Number(process.exitCode ?? 0)
  } catch (error) {
    if (!(error instanceof FailedCommand)) throw error
    said.err += error.message
    code = error.exitCode
  } finally {
    process.exitCode = undefined
    for (const spy of spies) spy.mockRestore()
  }
  return { ...said, code }
}

/** As a program of its own, with a token on its standard input. */
async function explainToken(path: string, input: string, more: readonly string[] = []) {
  const child = spawn(process.execPath, [MAIN, 'trust', 'explain', path, '--token', '-', ...more])
  child.stdin.end(input)
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve))
  const [out, err, code] = await Promise.all([textOf(child.stdout), textOf(child.stderr), closed])
  return { out, err, code }
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

const CLOUDS: readonly (readonly [string, readonly string[]])[] = [
  ['aws', ['--account', '123456789012']],
  ['azure', []],
  ['google', ['--project-number', '123456', '--service-account', 'shop@acme.iam.gserviceaccount.com']],
]

test.each(CLOUDS)('%s: what generate writes, explain lets in, and nothing else', async (cloud, flags) => {
  const made = await trust(['generate', cloud, ...SCOPE, ...flags, '--operation', 'update'])
  expect(made.code).toBe(0)
  const path = file(`${cloud}.json`, made.out)
  const allowed = await trust(['explain', path, ...SCOPE, '--operation', 'update'])
  expect(allowed).toMatchObject({ code: 0, err: '' })
  expect(allowed.out).toMatch(/^allowed {2}update +by /)
  const all = await trust(['explain', path, ...SCOPE, '--json'])
  expect(all.code).toBe(1)
  const answer = JSON.parse(all.out)
  expect(Check(Explained, answer), 'it is what the reference says').toBe(true)
  expect(
    answer.tokens.map((one: { operation: string; allowed: boolean }) => [one.operation, one.allowed]),
  ).toEqual([
    ['preview', false],
    ['update', true],
    ['refresh', false],
    ['destroy', false],
    ['detect-drift', false],
    ['remediate-drift', false],
  ])
  expect(answer.tokens[0].explanations[0].code).toMatch(/subject_operation_differs$/)
})

test('check reads a folder with what is below it, and says which file is too wide', async () => {
  const below = join(folder, 'policies/aws')
  mkdirSync(below, { recursive: true })
  mkdirSync(join(folder, 'policies/node_modules'))
  const right = (
    await trust(['generate', 'aws', ...SCOPE, '--account', '123456789012', '--operation', 'update'])
  ).out
  const write = (name: string, text: string) => writeFileSync(join(folder, 'policies', name), text)
  write('aws/right.json', right)
  write('package.json', '{"name":"other"}')
  write('node_modules/wide.json', right.replace('StringEquals', 'StringLike').replace('stack:dev', 'stack:*'))
  expect(await trust(['check', join(folder, 'policies'), ...ISSUER])).toMatchObject({
    code: 0,
    out: '1 documents (1 more of something else or of another issuer): 0 errors, 0 warnings, 0 notices.\n',
  })
  write('aws/wide.json', right.replace('StringEquals', 'StringLike').replace('stack:dev', 'stack:dev*'))
  const wide = await trust(['check', join(folder, 'policies'), ...ISSUER])
  expect(wide.code).toBe(1)
  expect(wide.out).toMatch(
    /aws\/wide\.json \(trust policy of AWS\)\nwarning {2}The role means the stack "dev"/,
  )
  const answer = JSON.parse((await trust(['check', join(below, 'wide.json'), ...ISSUER, '--json'])).out)
  expect(answer).toMatchObject({
    passed: false,
    warnings: 1,
    files: [{ findings: [{ code: 'stack_begins_alike' }] }],
  })
})

test('what a condition asks of the request is said, and judged when it is given', async () => {
  const made = JSON.parse((await trust(['generate', 'aws', ...SCOPE, '--account', '123456789012'])).out)
  const { Condition: condition } = made.Statement[0]
  condition.IpAddress = { 'aws:SourceIp': '203.0.113.0/24' }
  condition.Bool = { 'aws:SecureTransport': 'true' }
  const path = file('address.json', JSON.stringify(made))
  const asked = ['explain', path, ...SCOPE, '--operation', 'update']
  const unknown = await trust(asked)
  expect(unknown.code).toBe(1)
  expect(unknown.out).toContain('[condition_key_of_request]')
  expect((await trust([...asked, '--request-key', 'aws:SourceIp=203.0.113.7'])).code).toBe(0)
  expect((await trust([...asked, '--request-key', 'aws:SourceIp=10.0.0.1'])).out).toContain(
    '[condition_value_differs]',
  )
  expect((await trust([...asked, '--request-key', 'SourceIp'])).code).toBe(2)
})

test('session tags: what is generated for them lets them in, and what is not says which action it lacks', async () => {
  const account = ['--account', '123456789012', '--operation', 'update']
  const made = async (...more: string[]) =>
    (await trust(['generate', 'aws', ...SCOPE, ...account, ...more])).out
  const [plain, tagged] = [
    file('plain.json', await made()),
    file('tagged.json', await made('--session-tags')),
  ]
  const asked = [...SCOPE, '--operation', 'update', '--session-tags']
  expect((await trust(['explain', tagged, ...asked])).code).toBe(0)
  const refused = await trust(['explain', plain, ...asked])
  expect(refused.code).toBe(1)
  expect(refused.out).toContain('[action_tag_session_missing]')
  expect((await trust(['check', tagged, ...ISSUER])).code).toBe(0)
})

test('notices fail under --strict only', async () => {
  const path = file('notice.json', (await trust(['generate', 'azure', ...SCOPE])).out)
  expect((await trust(['check', path, ...ISSUER])).code).toBe(0)
  expect((await trust(['check', path, ...ISSUER, '--strict'])).code).toBe(1)
})

test('another form of the subject: what is generated lets it in, and passes the check', async () => {
  const stack = ['--stack', 'acme/shop/dev', ...ISSUER]
  const ofClass = [...stack, '--subject-form', 'class']
  const azure = await trust(['generate', 'azure', ...ofClass])
  expect(JSON.parse(azure.out).map(({ subject }: { subject: string }) => subject)).toEqual([
    'pulumi:deploy:org:acme:project:shop:stack:dev:access:read',
    'pulumi:deploy:org:acme:project:shop:stack:dev:access:write',
  ])
  expect(azure.err).toContain('10 stacks like this fit')
  const path = file('class.json', azure.out)
  expect((await trust(['explain', path, ...ofClass])).code).toBe(0)
  expect((await trust(['explain', path, ...stack])).code).toBe(1)
  expect((await trust(['check', path, ...ISSUER])).code).toBe(0)

  const id = 'dp1:5pz7qs4nr398n8tysrzctr4sgg'
  const compact = [...stack, '--operation', 'update', '--subject-form', id]
  const account = ['--project-number', '123456', '--service-account', 'shop@acme.iam.gserviceaccount.com']
  const google = await trust(['generate', 'google', ...compact, ...account])
  expect(google.out).toContain(`/subject/${id}:update"`)
  const both = file('compact.json', google.out)
  expect((await trust(['explain', both, ...compact])).code).toBe(0)
  expect((await trust(['check', both, ...ISSUER, '--strict'])).code).toBe(0)
})

test.each([
  ['aws', 'commands', 'aws iam create-role --role-name shop-dev'],
  ['aws', 'terraform', 'resource "aws_iam_role" "shop_dev"'],
  ['aws', 'pulumi', 'type: aws:iam:Role'],
  ['aws', 'cloudformation', 'AWS::IAM::OIDCProvider'],
  ['azure', 'commands', 'az ad app federated-credential create --id app-1 '],
  ['azure', 'terraform', 'azuread_application_federated_identity_credential'],
  ['azure', 'pulumi', 'azuread:ApplicationFederatedIdentityCredential'],
  [
    'google',
    'commands',
    'gcloud iam workload-identity-pools create projects/123456/locations/global/workloadIdentityPools/daypass\n',
  ],
  ['google', 'terraform', 'google_iam_workload_identity_pool_provider'],
  ['google', 'pulumi', 'gcp:iam:WorkloadIdentityPoolProvider'],
])('generate %s --format %s', async (cloud, format, words) => {
  const flags = [...(CLOUDS.find(([name]) => name === cloud)?.[1] ?? [])]
  const application = cloud === 'azure' ? ['--application', 'app-1'] : []
  const made = await trust(['generate', cloud, ...SCOPE, ...flags, ...application, '--format', format])
  expect(made.code).toBe(0)
  expect(made.out).toContain(words)
  expect(made.out).toContain(
    'pulumi:deploy:org:acme:project:shop:stack:dev:operation:remediate-drift:scope:write',
  )
})

const token = (claims: object) =>
  ['{}', JSON.stringify(claims), 's'].map((part) => Buffer.from(part).toString('base64url')).join('.')

test('a token is judged by its own claims, from standard input, and an expired one is said to be', async () => {
  const path = file(
    'for-token.json',
    (await trust(['generate', 'aws', ...SCOPE, '--account', '123456789012'])).out,
  )
  const claims = {
    iss: 'https://daypass.example.com/oidc/',
    sub: 'pulumi:deploy:org:acme:project:shop:stack:dev:operation:update:scope:write',
    aud: 'acme',
    exp: 1,
  }
  const refused = await explainToken(path, `${token(claims)}\n`)
  expect(refused.code).toBe(1)
  expect(refused.out).toContain('[provider_arn_trailing_slash]')
  expect(refused.err).toContain('expired at 1970-01-01T00:00:01.000Z')
  const allowed = await explainToken(path, token({ ...claims, iss: claims.iss.slice(0, -1) }))
  expect(allowed.code).toBe(0)
  expect((await explainToken(path, 'nonsense')).code).toBe(2)
  expect((await explainToken(path, token(claims), ['--stack', 'a/b/c'])).code).toBe(2)
})

test('the issuer comes from the server where none is said', async () => {
  const server = createServer((request, response) => {
    const found = request.url === '/oidc/.well-known/openid-configuration'
    response.writeHead(found ? 200 : 404).end(JSON.stringify({ issuer: 'https://mirror.example.com' }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const made = await trust(['generate', 'azure', '--stack', 'acme/shop/dev', '--server', url])
  await new Promise((resolve) => server.close(resolve))
  expect(JSON.parse(made.out)[0].issuer).toBe('https://mirror.example.com')
  const silent = await trust(['generate', 'azure', '--stack', 'acme/shop/dev'])
  expect(silent).toMatchObject({ code: 2, out: '' })
  expect(silent.err).toContain('--issuer <url>')
})

test.each([
  [['check', '/no/such/folder', ...ISSUER], /cannot read \/no\/such\/folder/],
  [['check', import.meta.dirname, ...ISSUER], /there is no \.json file/],
  [['explain', '/no/such/file', ...SCOPE], /cannot read \/no\/such\/file/],
  [['explain', MAIN, ...SCOPE], /at \$: This is not valid JSON/],
  [
    ['generate', 'aws', '--stack', 'acme/shop', ...ISSUER, '--account', '123456789012'],
    /organization\/project\/stack/,
  ],
  [
    ['generate', 'aws', '--stack', 'Acme/shop/dev', ...ISSUER, '--account', '123456789012'],
    /cannot be a stack/,
  ],
  [['generate', 'aws', ...SCOPE, '--account', '12'], /12 digits/],
  [
    ['generate', 'aws', ...SCOPE, '--account', '123456789012', '--operation', 'up'],
    /the word of the API is update/,
  ],
  [['generate', 'azure', ...SCOPE, '--format', 'terraform'], /--application is needed/],
  [
    ['generate', 'azure', ...SCOPE, '--subject-form', 'dp1:short'],
    /--subject-form takes pulumi, class, or dp1:/,
  ],
  [
    ['generate', 'google', ...SCOPE, '--project-number', 'acme', '--service-account', 'a@b'],
    /number of the project/,
  ],
])('%j makes no sense, says why and ends with 2', async (words, why) => {
  const { code, err, out } = await trust(words)
  expect(err).toMatch(why)
  expect({ code, out }).toEqual({ code: 2, out: '' })
})
