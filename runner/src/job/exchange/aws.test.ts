import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { writeExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { expect, onTestFinished, test } from 'vitest'
import { type AwsExchangeOptions, assumeAwsRole } from './aws.ts'
import { readCredentials, readError } from './aws-answer.ts'
import { stsEndpoint } from './aws-endpoint.ts'

const SUBJECT = 'pulumi:deploy:org:acme:project:web:stack:dev:operation:update:scope:write'
const EXPIRY = '2030-01-01T01:00:00Z'
const GRANTED = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials>
    <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s/+&amp;ecret</SecretAccessKey>
    <SessionToken>token==</SessionToken><Expiration>${EXPIRY}</Expiration>
  </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
const refused = (code: string, message: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`

interface Reply {
  readonly status: number
  readonly body: string
  readonly headers?: Record<string, string>
}

async function sts(replies: readonly Reply[]) {
  const forms: URLSearchParams[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    forms.push(new URLSearchParams(body))
    const reply = replies[Math.min(forms.length, replies.length) - 1] as Reply
    response.writeHead(reply.status, { 'content-type': 'text/xml', ...reply.headers }).end(reply.body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, forms }
}

function exchange(stsUrl: string, changes: Partial<AwsExchangeOptions['aws']> = {}) {
  const said: string[] = []
  let minted = 0
  const result = assumeAwsRole({
    identity: {
      issuerUrl: 'https://daypass.example.com/oidc',
      subject: SUBJECT,
      audience: 'acme',
      aws: null,
      configJson: '{}',
    },
    aws: {
      roleArn: 'arn:aws:iam::123456789012:role/deploy',
      sessionName: '${stack.name}-${deployment.version}',
      durationSeconds: 900,
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::aws:policy/Other'],
      ...changes,
    },
    names: {
      organization: 'acme',
      project: 'web',
      stack: 'dev',
      operation: 'update',
      deploymentVersion: 7,
      deploymentId: '00000000-0000-4000-8000-000000000001',
    },
    region: undefined,
    stsUrl,
    mint: async () => {
      minted += 1
      return {
        kind: 'ok',
        value: {
          token: `jwt-${minted}`,
          subject: SUBJECT,
          audience: 'acme',
          lifetimeSeconds: 300,
          expiresAt: EXPIRY,
        },
      }
    },
    fetch,
    pause: async () => undefined,
    say: (sentence) => said.push(sentence),
    interrupt: new AbortController().signal,
  })
  return { result, said }
}

test('one form post, as AWS documents it, and credentials out of the answer', async () => {
  const { url, forms } = await sts([{ status: 200, body: GRANTED }])
  const { result, said } = exchange(url)
  expect(await result).toEqual({
    ok: true,
    credentials: {
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 's/+&ecret',
      sessionToken: 'token==',
      expiresAt: new Date(EXPIRY),
    },
  })
  expect(Object.fromEntries(forms[0] ?? [])).toEqual({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: 'arn:aws:iam::123456789012:role/deploy',
    RoleSessionName: 'dev-7',
    WebIdentityToken: 'jwt-1',
    DurationSeconds: '900',
    'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    'PolicyArns.member.2.arn': 'arn:aws:iam::aws:policy/Other',
  })
  expect(said.join('\n')).not.toMatch(/jwt-1|secret|token==/)
})

test('no duration is asked for when the stack names none', async () => {
  const { url, forms } = await sts([{ status: 200, body: GRANTED }])
  await exchange(url, { durationSeconds: null }).result
  expect(forms[0]?.has('DurationSeconds')).toBe(false)
})

test('what AWS calls temporary is tried again, each time with a fresh token', async () => {
  const { url, forms } = await sts([
    { status: 400, body: refused('IDPCommunicationError', 'Could not reach the issuer') },
    { status: 503, body: 'busy' },
    { status: 400, body: refused('Throttling', 'Rate exceeded') },
    { status: 200, body: GRANTED },
  ])
  expect((await exchange(url).result).ok).toBe(true)
  expect(forms.map((form) => form.get('WebIdentityToken'))).toEqual(['jwt-1', 'jwt-2', 'jwt-3', 'jwt-4'])
})

test('a refusal is not tried again and says what to change', async () => {
  const { url, forms } = await sts([
    { status: 403, body: refused('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity') },
  ])
  const { result, said } = exchange(url)
  expect(await result).toMatchObject({ ok: false, failure: { code: 'aws_refused' } })
  expect(forms).toHaveLength(1)
  expect(said.join('\n')).toContain(`"${SUBJECT}"`)
  expect(said.join('\n')).toMatch(/What to change/)
})

test("a local cloud's own explanation is passed on", async () => {
  const header = writeExplanationHeader({
    code: 'audience_case_provider',
    clause: 'provider',
    sentence: 'The audience differs in case.',
    mend: 'Write acme.',
  })
  const { url } = await sts([
    {
      status: 400,
      body: refused('InvalidIdentityToken', 'Incorrect token audience'),
      headers: { 'x-daypass-explanation': header },
    },
  ])
  expect(await exchange(url).result).toEqual({
    ok: false,
    failure: { code: 'aws_refused', message: 'The audience differs in case. Write acme.' },
  })
})

test('a server that never answers properly ends in a sentence, not in a loop', async () => {
  const { url, forms } = await sts([{ status: 200, body: '<html>hello</html>' }])
  expect(await exchange(url).result).toMatchObject({ ok: false, failure: { code: 'aws_unreachable' } })
  expect(forms).toHaveLength(5)
  const gone = await exchange('http://127.0.0.1:1/').result
  expect(gone).toMatchObject({ ok: false, failure: { code: 'aws_unreachable' } })
})

test('a session name that cannot fit is refused before anybody is asked', async () => {
  const { result } = exchange('http://127.0.0.1:1/', { sessionName: `\${deployment.id}-${'x'.repeat(40)}` })
  expect(await result).toMatchObject({ ok: false, failure: { code: 'aws_session_name_invalid' } })
})

test('the endpoint is regional, in the partition of the role', () => {
  expect(stsEndpoint('aws', 'eu-west-1')).toBe('https://sts.eu-west-1.amazonaws.com/')
  expect(stsEndpoint('aws', undefined)).toBe('https://sts.us-east-1.amazonaws.com/')
  expect(stsEndpoint('aws-cn', 'cn-northwest-1')).toBe('https://sts.cn-northwest-1.amazonaws.com.cn/')
  expect(stsEndpoint('aws-us-gov', 'us-gov-east-1')).toBe('https://sts.us-gov-east-1.amazonaws.com/')
  for (const region of [
    'us-gov-east-1',
    'cn-north-1',
    'eu-west-1.evil.example',
    'x@evil.example/',
    'eu-west-1\n',
  ]) {
    expect(stsEndpoint('aws', region)).toBe('https://sts.us-east-1.amazonaws.com/')
  }
  expect(stsEndpoint('aws-moon', undefined)).toBeUndefined()
})

test('an answer with anything twice, missing or nested is no answer', () => {
  expect(readCredentials(GRANTED)).toBeDefined()
  for (const broken of [
    GRANTED.replace('ASIAEXAMPLE', ''),
    GRANTED.replace('<SessionToken>token==</SessionToken>', ''),
    GRANTED.replace('token==', '<b>token</b>'),
    GRANTED.replace(EXPIRY, 'tomorrow'),
    GRANTED + GRANTED,
    '<Credentials>',
    '',
  ]) {
    expect(readCredentials(broken)).toBeUndefined()
  }
  expect(readError(refused('A', 'b &lt;c&gt; &#233; &#x1F600;'))).toEqual({
    code: 'A',
    message: 'b <c> é 😀',
  })
  expect(readError('<html></html>')).toBeUndefined()
})
