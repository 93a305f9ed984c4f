// Asks AWS STS who these credentials belong to (GetCallerIdentity) and prints the ARN.
// Signed by hand with Signature Version 4, so that the demo needs no package:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
import { createHash, createHmac } from 'node:crypto'

const { AWS_REGION } = process.env
const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = await credentials()
const endpoint = new URL(process.env.AWS_ENDPOINT_URL_STS ?? `https://sts.${AWS_REGION}.amazonaws.com/`)

const body = 'Action=GetCallerIdentity&Version=2011-06-15'
const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
const scope = `${time.slice(0, 8)}/${AWS_REGION}/sts/aws4_request`
const headers = {
  'content-type': 'application/x-www-form-urlencoded',
  host: endpoint.host,
  'x-amz-date': time,
  'x-amz-security-token': AWS_SESSION_TOKEN,
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex')
const hmac = (key, text) => createHmac('sha256', key).update(text).digest()
const names = Object.keys(headers).join(';')
const canonical = [
  'POST',
  '/',
  '',
  ...Object.entries(headers).map(([name, value]) => `${name}:${value}`),
  '',
  names,
  sha256(body),
]
const toSign = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical.join('\n'))].join('\n')
const key = scope.split('/').reduce(hmac, `AWS4${AWS_SECRET_ACCESS_KEY}`)
const signature = createHmac('sha256', key).update(toSign).digest('hex')

const { host: _sentByFetch, ...sent } = headers
const authorization = `AWS4-HMAC-SHA256 Credential=${AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${names}, Signature=${signature}`
const response = await fetch(endpoint, { method: 'POST', headers: { ...sent, authorization }, body })
const text = await response.text()
const arn = /<Arn>([^<]+)<\/Arn>/.exec(text)?.[1]
if (!arn) throw new Error(`the cloud answered ${response.status}: ${text}`)
process.stdout.write(arn)

// As each SDK of AWS does: the variables, or else where they say that credentials are to be had (and renewed).
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
async function credentials() {
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: authorization } =
    process.env
  if (process.env.AWS_ACCESS_KEY_ID || !url) return process.env
  const answer = await fetch(url, { headers: { authorization } })
  if (!answer.ok) throw new Error(`no credentials: ${answer.status} ${await answer.text()}`)
  const { AccessKeyId, SecretAccessKey, Token } = await answer.json()
  return { AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey, AWS_SESSION_TOKEN: Token }
}
