// Asks AWS STS who these credentials belong to (GetCallerIdentity) and prints the ARN.
// Signed by hand with Signature Version 4, so that the demo needs no package:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
import { createHash, createHmac } from 'node:crypto'

const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION } = process.env
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
