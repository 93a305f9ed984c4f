import { readCredentials, readError } from '@daypass/trust/aws/sts-answer.ts'
import { stsEndpoint } from '@daypass/trust/aws/sts-endpoint.ts'
import { writeExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { expect, test } from 'vitest'
import { type AwsExchangeOptions, assumeAwsRole } from './aws.ts'
import { EXPIRY, ISSUER, type Reply, SUBJECT, spiedServices, startCloud } from './cloud-for-tests.ts'

const GRANTED = `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult><Credentials>
    <AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s/+&amp;ecret</SecretAccessKey>
    <SessionToken>token==</SessionToken><Expiration>${EXPIRY}</Expiration>
  </Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`
const refused = (code: string, message: string): string =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`

const sts = async (replies: readonly Reply[]) => {
  const cloud = await startCloud(replies)
  return { ...cloud, url: `${cloud.url}/` }
}

function exchange(stsUrl: string, changes: Partial<AwsExchangeOptions['aws']> = {}) {
  const { services, said, hidden } = spiedServices()
  const result = assumeAwsRole({
    ...services,
    identity: { issuerUrl: ISSUER },
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
  })
  return { result, said, hidden }
}

test('one form post, as AWS documents it, and credentials out of the answer', async () => {
  const { url, asked } = await sts([{ status: 200, body: GRANTED }])
  const { result, said, hidden } = exchange(url)
  expect(await result).toEqual({
    ok: true,
    granted: {
      accessKeyId: 'ASIAEXAMPLE',
      secretAccessKey: 's/+&ecret',
      sessionToken: 'token==',
      expiresAt: new Date(EXPIRY),
      sessionSeconds: 900,
    },
  })
  expect(Object.fromEntries(asked[0]?.form ?? [])).toEqual({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: 'arn:aws:iam::123456789012:role/deploy',
    RoleSessionName: 'dev-7',
    WebIdentityToken: 'jwt-1',
    DurationSeconds: '900',
    'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess',
    'PolicyArns.member.2.arn': 'arn:aws:iam::aws:policy/Other',
  })
  expect(hidden).toEqual(['s/+&ecret', 'token==', 'ASIAEXAMPLE'])
  expect(said.join('\n')).not.toMatch(/jwt-1|secret|token==/)
})

test('no duration is asked for when the stack names none', async () => {
  const { url, asked } = await sts([{ status: 200, body: GRANTED }])
  await exchange(url, { durationSeconds: null }).result
  expect(asked[0]?.form.has('DurationSeconds')).toBe(false)
})

test('what AWS calls temporary is tried again, each time with a fresh token', async () => {
  const { url, asked } = await sts([
    { status: 400, body: refused('IDPCommunicationError', 'Could not reach the issuer') },
    { status: 503, body: 'busy' },
    { status: 400, body: refused('Throttling', 'Rate exceeded') },
    { status: 200, body: GRANTED },
  ])
  expect((await exchange(url).result).ok).toBe(true)
  expect(asked.map(({ form }) => form.get('WebIdentityToken'))).toEqual(['jwt-1', 'jwt-2', 'jwt-3', 'jwt-4'])
})

test('a refusal is not tried again and says what to change', async () => {
  const { url, asked } = await sts([
    { status: 403, body: refused('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity') },
  ])
  const { result, said } = exchange(url)
  expect(await result).toMatchObject({ ok: false, failure: { code: 'aws_refused' } })
  expect(asked).toHaveLength(1)
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
  const { url, asked } = await sts([{ status: 200, body: '<html>hello</html>' }])
  expect(await exchange(url).result).toMatchObject({ ok: false, failure: { code: 'aws_unreachable' } })
  expect(asked).toHaveLength(5)
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
