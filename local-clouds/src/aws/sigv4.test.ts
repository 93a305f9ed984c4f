import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StsRequest } from './request.ts'
import { isGenuine, readSignature, type Signature } from './sigv4.ts'
import { isStsError } from './sts-error.ts'

// AWS's published examples: the key, the date and the signatures stand in its documentation and its test suite.
const SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
const DATE = '20150830T123600Z'

function requestOf(
  changes: Partial<StsRequest> & { headers?: ReadonlyMap<string, readonly string[]> },
): StsRequest {
  return {
    method: 'GET',
    rawPath: '/',
    rawQuery: '',
    headers: new Map([
      ['host', ['example.amazonaws.com']],
      ['x-amz-date', [DATE]],
    ]),
    body: Buffer.alloc(0),
    parameters: new Map(),
    sourceIp: '127.0.0.1',
    ...changes,
  }
}

function signatureOf(signature: string, changes: Partial<Signature> = {}): Signature {
  return {
    accessKeyId: 'AKIDEXAMPLE',
    sessionToken: undefined,
    date: DATE,
    scope: '20150830/us-east-1/service/aws4_request',
    signedHeaders: 'host;x-amz-date',
    signature,
    expiresSeconds: undefined,
    ...changes,
  }
}

const LIST_USERS = requestOf({
  rawQuery: 'Action=ListUsers&Version=2010-05-08',
  headers: new Map([
    ['content-type', ['application/x-www-form-urlencoded; charset=utf-8']],
    ['host', ['iam.amazonaws.com']],
    ['x-amz-date', [DATE]],
  ]),
})
const LIST_USERS_SIGNATURE = signatureOf('5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7', {
  scope: '20150830/us-east-1/iam/aws4_request',
  signedHeaders: 'content-type;host;x-amz-date',
})

test('the example of the documentation is genuine', () => {
  expect(isGenuine(LIST_USERS, LIST_USERS_SIGNATURE, SECRET)).toBe(true)
})

test('the example of the test suite is genuine', () => {
  const signature = signatureOf('5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31')
  expect(isGenuine(requestOf({}), signature, SECRET)).toBe(true)
})

test('parameters may come in any order, spelling of their encoding included', () => {
  const request = { ...LIST_USERS, rawQuery: 'Version=2010%2D05-08&Action=ListUsers' }
  expect(isGenuine(request, LIST_USERS_SIGNATURE, SECRET)).toBe(true)
})

test('spaces around and inside of header values do not count', () => {
  const headers = new Map(LIST_USERS.headers).set('content-type', [
    '  application/x-www-form-urlencoded;   charset=utf-8 ',
  ])
  expect(isGenuine({ ...LIST_USERS, headers }, LIST_USERS_SIGNATURE, SECRET)).toBe(true)
})

test.each<[string, Partial<StsRequest>, Partial<Signature>, string]>([
  ['another method', { method: 'POST' }, {}, SECRET],
  ['another path', { rawPath: '/x' }, {}, SECRET],
  ['another parameter', { rawQuery: 'Action=ListUsers&Version=2010-05-09' }, {}, SECRET],
  ['a parameter more', { rawQuery: `${LIST_USERS.rawQuery}&MaxItems=1` }, {}, SECRET],
  ['another body', { body: Buffer.from('x') }, {}, SECRET],
  ['another host', { headers: new Map(LIST_USERS.headers).set('host', ['sts.amazonaws.com']) }, {}, SECRET],
  [
    'a signed header twice',
    { headers: new Map(LIST_USERS.headers).set('host', ['iam.amazonaws.com', 'x']) },
    {},
    SECRET,
  ],
  ['another date', {}, { date: '20150830T123601Z' }, SECRET],
  ['another region', {}, { scope: '20150830/eu-west-1/iam/aws4_request' }, SECRET],
  ['fewer signed headers', {}, { signedHeaders: 'host;x-amz-date' }, SECRET],
  ['another secret', {}, {}, SECRET.toLowerCase()],
  ['no secret', {}, {}, ''],
])('%s is not genuine', (_, request, signature, secret) => {
  expect(isGenuine({ ...LIST_USERS, ...request }, { ...LIST_USERS_SIGNATURE, ...signature }, secret)).toBe(
    false,
  )
})

test('no other signature is genuine', () => {
  fc.assert(
    fc.property(fc.nat({ max: 63 }), fc.constantFrom(...'0123456789abcdef'), (place, digit) => {
      const { signature } = LIST_USERS_SIGNATURE
      const other = `${signature.slice(0, place)}${digit}${signature.slice(place + 1)}`
      expect(isGenuine(LIST_USERS, { ...LIST_USERS_SIGNATURE, signature: other }, SECRET)).toBe(
        other === signature,
      )
    }),
  )
})

const AUTHORIZATION = `AWS4-HMAC-SHA256 Credential=ASIAEXAMPLEEXAMPLE/20150830/us-east-1/sts/aws4_request, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`
const withAuthorization = (authorization: string) =>
  requestOf({ headers: new Map([...requestOf({}).headers, ['authorization', [authorization]]]) })

test('a signature in a header is read, with or without blanks after its commas', () => {
  for (const text of [
    AUTHORIZATION,
    AUTHORIZATION.replaceAll(', ', ','),
    AUTHORIZATION.replace('SHA256 ', 'SHA256  '),
  ]) {
    expect(readSignature(withAuthorization(text))).toEqual({
      accessKeyId: 'ASIAEXAMPLEEXAMPLE',
      sessionToken: undefined,
      date: DATE,
      scope: '20150830/us-east-1/sts/aws4_request',
      signedHeaders: 'host;x-amz-date',
      signature: '0'.repeat(64),
      expiresSeconds: undefined,
    })
  }
})

test.each([
  '',
  'AWS4-HMAC-SHA256',
  AUTHORIZATION.replace('AWS4-HMAC-SHA256', 'AWS4-ECDSA-P256-SHA256'),
  AUTHORIZATION.replace('SignedHeaders=host;x-amz-date', 'SignedHeaders=x-amz-date;host'),
  AUTHORIZATION.replace('SignedHeaders=host;x-amz-date', 'SignedHeaders=host;host;x-amz-date'),
  AUTHORIZATION.replace('SignedHeaders=host;x-amz-date', 'SignedHeaders=host'),
  AUTHORIZATION.replace('SignedHeaders=host;x-amz-date', 'SignedHeaders=Host;X-Amz-Date'),
  AUTHORIZATION.replace('aws4_request', 'aws5_request'),
  AUTHORIZATION.replace('20150830/', '2015-08-30/'),
  AUTHORIZATION.replace(/0{64}/, 'A'.repeat(64)),
  `${AUTHORIZATION}, Credential=x`,
  `${AUTHORIZATION}, nonsense`,
])('the header %j is incomplete', (authorization) => {
  const read = readSignature(withAuthorization(authorization))
  expect(isStsError(read) && read.code).toBe('IncompleteSignature')
})

test('two Authorization headers are as good as none', () => {
  const headers = new Map([...requestOf({}).headers, ['authorization', [AUTHORIZATION, AUTHORIZATION]]])
  expect(readSignature(requestOf({ headers }))).toBeUndefined()
})

test.each([
  '',
  'X-Amz-Expires=0',
  'X-Amz-Expires=604801',
  'X-Amz-Expires=-1',
  'X-Amz-Expires=1e3',
  'X-Amz-Expires=',
])('a query with %j is incomplete', (expires) => {
  const read = readSignature(
    requestOf({ rawQuery: `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=x&${expires}` }),
  )
  expect(isStsError(read) && read.message).toContain('X-Amz-Expires')
})

test('a signature both in header and query is refused', () => {
  const request = { ...withAuthorization(AUTHORIZATION), rawQuery: 'X-Amz-Signature=x' }
  expect(isStsError(readSignature(request))).toBe(true)
})

test('no request makes the reader throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.webQueryParameters(), (authorization, rawQuery) => {
      const read = readSignature({ ...withAuthorization(authorization), rawQuery })
      expect(read === undefined || isStsError(read)).toBe(true)
    }),
  )
})
