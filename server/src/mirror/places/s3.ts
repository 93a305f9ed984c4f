/**
 * A bucket of S3, or of a store that speaks its protocol. What stands there is replaced as a whole, and read by everybody
 * as it was written last (strong consistency).
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
import { createHash } from 'node:crypto'
import { AwsV4Signer } from 'aws4fetch'
import { type Answered, ask, refused } from '../ask.ts'
import type { Place } from '../mirror.ts'
import type { AwsPass } from '../pass/aws.ts'
import type { S3Target } from '../target.ts'

interface S3Services {
  readonly fetch: typeof globalThis.fetch
  readonly now: () => Date
}

export function s3Place({ fetch, now }: S3Services, target: S3Target, pass: AwsPass): Place {
  const base = bucketUrl(target)
  const who = `S3 at ${base}`

  async function call(
    method: 'GET' | 'PUT',
    path: string,
    headers: Readonly<Record<string, string>>,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<Answered> {
    const signer = new AwsV4Signer({
      method,
      url: `${base}${target.prefix}${path}`,
      headers: { ...headers, 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') },
      accessKeyId: pass.accessKeyId,
      secretAccessKey: pass.secretAccessKey,
      sessionToken: pass.sessionToken,
      service: 's3',
      region: target.region,
      datetime: now()
        .toISOString()
        .replace(/[:-]|\.\d{3}/g, ''),
      allHeaders: true,
    })
    const signed = await signer.sign()
    const request = {
      method,
      url: signed.url.href,
      headers: Object.fromEntries(signed.headers),
      ...(method === 'PUT' && { body }),
    }
    return ask(fetch, who, request, signal)
  }

  return {
    keepsHeaders: true,
    goodUntil: pass.goodUntil,
    async read(path, signal) {
      const answer = await call('GET', path, {}, Buffer.alloc(0), signal)
      // 403 of what is not there, to whoever may not list the bucket.
      if (answer.status === 404 || answer.status === 403) return undefined
      if (answer.status !== 200) throw refused(who, `GET ${target.prefix}${path}`, answer)
      const { body, headers } = answer
      return { body, contentType: headers.get('content-type'), cacheControl: headers.get('cache-control') }
    },
    async write({ path, body, contentType, cacheControl }, signal) {
      const headers = { 'content-type': contentType, 'cache-control': cacheControl }
      const answer = await call('PUT', path, headers, body, signal)
      if (answer.status !== 200) throw refused(who, `PUT ${target.prefix}${path}`, answer)
    },
  }
}

/** A name with dots fits no wildcard certificate, and stores of one's own have one host name. */
function bucketUrl({ bucket, region, endpoint }: S3Target): string {
  if (endpoint !== undefined) return `${endpoint}/${bucket}`
  const host = `s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`
}
