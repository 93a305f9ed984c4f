import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { maxAgeOf } from '../issuer/fetch-json.ts'
import { makeSessions } from './session.ts'
import { stsError } from './sts-error.ts'
import { errorXml, resultXml } from './xml.ts'

const session = {
  roleArn: 'arn:aws:iam::123456789012:role/deploy',
  roleId: 'AROAEXAMPLE',
  sessionName: 'daypass-1',
  subject: 'pulumi:deploy:…',
  issuedAt: new Date('2026-11-24T09:00:00Z'),
  expiresAt: new Date('2026-11-24T10:00:00Z'),
  policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  policy: '{"Statement":[]}',
}

test('a session comes back whole from its token, policies and all', () => {
  const sessions = makeSessions(randomBytes)
  const { accessKeyId, sessionToken, secretAccessKey } = sessions.issue(session)
  expect(sessions.open(sessionToken)).toEqual({ ...session, accessKeyId })
  expect(sessions.secretOf(sessionToken)).toBe(secretAccessKey)
})

test('the token tells nothing of the session', () => {
  const { sessionToken } = makeSessions(randomBytes).issue(session)
  expect(Buffer.from(sessionToken, 'base64').toString('latin1')).not.toMatch(/deploy|daypass|ReadOnly/)
})

test('a token altered in any byte, cut or lengthened is not opened', () => {
  const sessions = makeSessions(randomBytes)
  const sealed = Buffer.from(sessions.issue(session).sessionToken, 'base64')
  fc.assert(
    fc.property(fc.nat({ max: sealed.length - 1 }), fc.integer({ min: 1, max: 255 }), (place, change) => {
      const altered = Buffer.from(sealed)
      altered.writeUInt8((sealed[place] ?? 0) ^ change, place)
      expect(sessions.open(altered.toString('base64'))).toBeUndefined()
      expect(sessions.open(sealed.subarray(0, place).toString('base64'))).toBeUndefined()
      expect(sessions.open(Buffer.concat([sealed, Buffer.from([change])]).toString('base64'))).toBeUndefined()
    }),
  )
})

test('another spelling of the same bytes is not the token', () => {
  const sessions = makeSessions(randomBytes)
  const { sessionToken } = sessions.issue(session)
  const base64url = sessionToken.replaceAll('+', '-').replaceAll('/', '_')
  for (const other of [
    `${sessionToken}=`,
    `\n${sessionToken}`,
    sessionToken.replace(/=*$/, '*'),
    `${base64url}-`,
  ]) {
    expect(sessions.open(other)).toBeUndefined()
  }
})

test('another start of the program opens nothing', () => {
  const { sessionToken } = makeSessions(randomBytes).issue(session)
  expect(makeSessions(randomBytes).open(sessionToken)).toBeUndefined()
})

test.each([
  [null, undefined],
  ['max-age=300', 300],
  ['public, max-age=60, must-revalidate', 60],
  ['Public,Max-Age="5"', 5],
  ['max-age=0', 0],
  ['no-store', 0],
  ['max-age=300, no-cache', 0],
  ['public', undefined],
  ['s-maxage=300', undefined],
  ['max-age=-1', undefined],
  ['max-age=soon', undefined],
])('Cache-Control %j keeps for %j seconds', (header, seconds) => {
  expect(maxAgeOf(header)).toBe(seconds)
})

test('XML cannot be broken by what stands in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const xml = resultXml('Act', { Value: text, Absent: undefined }, 'id')
      const [, value = ''] = /<Value>([\s\S]*?)<\/Value>/.exec(xml) ?? []
      expect(value).not.toMatch(/[<>"]/)
      expect(value.replaceAll(/&(?:amp|lt|gt|quot);/g, '')).not.toContain('&')
      expect(xml).not.toContain('Absent')
    }),
  )
})

test('an error is written as AWS writes it', () => {
  expect(errorXml(stsError('AccessDenied', 'No <way> & "no"'), 'id-1')).toBe(
    [
      '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">',
      '  <Error>',
      '    <Type>Sender</Type>',
      '    <Code>AccessDenied</Code>',
      '    <Message>No &lt;way&gt; &amp; &quot;no&quot;</Message>',
      '  </Error>',
      '  <RequestId>id-1</RequestId>',
      '</ErrorResponse>',
      '',
    ].join('\n'),
  )
})
