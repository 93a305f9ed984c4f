/**
 * `--publish-keys-to`: where discovery and keys are written, and as whom.
 *
 * Owns: the closed grammar of that one value, `<place>?<option>=<value>&…`. A word that is not in it stops the start with a
 * sentence; no option holds a secret, and the only way to one is the name of a private file.
 */
import { resolve } from 'node:path'
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import { stsEndpoint } from '@daypass/trust/aws/sts-endpoint.ts'
import { StartRefusal } from '../start-refusal.ts'
import { readOptions, requireTls } from './target-options.ts'

/** URLs are without a slash at their end; a prefix is `''` or begins with a slash. */
export type MirrorTarget = { readonly shown: string } & (
  | { readonly kind: 'folder'; readonly folder: string }
  | { readonly kind: 'by-hand' }
  | ({ readonly kind: 'put'; readonly url: string } & PutAuthorization)
  | S3Target
  | GoogleTarget
  | AzureTarget
)

/** A host that believes our tokens, or one that knows only a header which lies in a private file. */
export type PutAuthorization = { readonly audience: string } | { readonly headerFile: string }

export interface S3Target {
  readonly kind: 's3'
  readonly bucket: string
  readonly prefix: string
  readonly region: string
  readonly roleArn: string
  readonly audience: string
  /** Undefined: AWS's own. */
  readonly endpoint: string | undefined
  readonly stsUrl: string
}

export interface GoogleTarget {
  readonly kind: 'google'
  readonly bucket: string
  readonly prefix: string
  /** `projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>` */
  readonly provider: string
  /** Undefined: the bucket trusts the pool's principal itself. */
  readonly serviceAccount: string | undefined
  readonly audience: string
  readonly endpoint: string
  readonly stsUrl: string
  readonly iamUrl: string
}

export interface AzureTarget {
  readonly kind: 'azure'
  readonly account: string
  readonly container: string
  readonly prefix: string
  readonly tenantId: string
  readonly clientId: string
  readonly audience: string
  readonly endpoint: string
  readonly authorityUrl: string
}

const FLAG = '--publish-keys-to'
const EXAMPLES =
  'a folder, by-hand, https://…, s3://<bucket>?region=…&role=…, gs://<bucket>?provider=… or azure://<account>/<container>?tenant=…&client=…'

/** @throws {StartRefusal} with what is wrong with it. */
export function readMirrorTarget(given: string): MirrorTarget {
  if (given === 'by-hand') return { kind: 'by-hand', shown: given }
  if (/^\.{0,2}\//.test(given)) {
    const folder = resolve(given)
    return { kind: 'folder', folder, shown: folder }
  }
  const [, scheme = '', rest = '', query] = /^([a-z0-9]+):\/\/([^?#]*)(?:\?([^#]*))?$/.exec(given) ?? []
  const shown = `${scheme}://${rest.replace(/\/$/, '')}`
  const place = PLACE.exec(rest.replace(/\/$/, ''))
  const [, host = '', path = ''] = place ?? []
  if (scheme !== '' && place === null)
    throw refusal(`names no place: ${JSON.stringify(rest)} has no plain host or bucket, and path`)
  switch (scheme) {
    case 'https':
    case 'http':
      return { shown, ...readPut(shown, query) }
    case 's3':
      return { shown, ...readS3(host, path, query) }
    case 'gs':
      return { shown, ...readGoogle(host, path, query) }
    case 'azure':
      return { shown, ...readAzure(host, path, query) }
    default:
      throw refusal(`must be ${EXAMPLES}, not ${JSON.stringify(given)}`)
  }
}

/** No dots alone: nobody climbs out of a prefix. */
const PLACE = /^([A-Za-z0-9[][A-Za-z0-9.:[\]_-]*)((?:\/(?!\.{1,2}(?:\/|$))[A-Za-z0-9._~$-]+)*)$/

function readPut(url: string, query: string | undefined) {
  if (!URL.canParse(url)) throw refusal(`names no place: ${JSON.stringify(url)} is no URL`)
  requireTls(FLAG, url, url)
  const { optional } = readOptions(FLAG, query, ['audience', 'header-file'])
  const [audience, file] = [optional('audience'), optional('header-file')]
  if (audience !== undefined && file !== undefined)
    throw refusal(
      'takes audience= (a token of our own) or header-file= (a header in a private file), not both',
    )
  const authorization =
    file === undefined ? { audience: audience ?? new URL(url).origin } : { headerFile: resolve(file) }
  return { kind: 'put', url, ...authorization } as const
}

function readS3(bucket: string, prefix: string, query: string | undefined): S3Target {
  requireName('bucket', bucket, /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
  const { required, optional, url } = readOptions(FLAG, query, [
    'region',
    'role',
    'audience',
    'endpoint',
    'sts',
  ])
  const region = required('region', 'eu-west-1', /^[a-z0-9-]{1,40}$/)
  const roleArn = required('role', 'arn:aws:iam::123456789012:role/daypass-keys', /^arn:[\x21-\x7e]{1,2048}$/)
  const role = parseRoleArn(roleArn)
  if (!role) throw refusal(`has a role that is no ARN of one: ${JSON.stringify(roleArn)}`)
  const endpoint = url('endpoint')
  const stsUrl = url('sts') ?? endpoint ?? stsEndpoint(role.partition, region)?.replace(/\/$/, '')
  if (stsUrl === undefined)
    throw refusal(`has a role of a partition that is not known here (${role.partition}): say sts=https://…`)
  const audience = optional('audience') ?? 'sts.amazonaws.com'
  return { kind: 's3', bucket, prefix, region, roleArn, audience, endpoint, stsUrl }
}

const PROVIDER =
  /^projects\/[0-9]{1,20}\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}\/providers\/[a-z0-9-]{4,32}$/

function readGoogle(bucket: string, prefix: string, query: string | undefined): GoogleTarget {
  requireName('bucket', bucket, /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/)
  const { required, optional, url } = readOptions(FLAG, query, [
    'provider',
    'service-account',
    'audience',
    'endpoint',
    'sts',
    'iam',
  ])
  const provider = required(
    'provider',
    'projects/123456/locations/global/workloadIdentityPools/daypass/providers/daypass',
    PROVIDER,
  )
  return {
    kind: 'google',
    bucket,
    prefix,
    provider,
    serviceAccount: optional('service-account', /^[a-z0-9-]{1,64}@[a-z0-9.-]{1,120}\.gserviceaccount\.com$/),
    audience: optional('audience') ?? `https://iam.googleapis.com/${provider}`,
    endpoint: url('endpoint') ?? 'https://storage.googleapis.com',
    stsUrl: url('sts') ?? 'https://sts.googleapis.com',
    iamUrl: url('iam') ?? 'https://iamcredentials.googleapis.com',
  }
}

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

function readAzure(account: string, path: string, query: string | undefined): AzureTarget {
  requireName('account', account, /^[a-z0-9]{3,24}$/)
  const [, container = '', ...folders] = path.split('/')
  requireName('container', container, /^(?:\$web|[a-z0-9](?:-?[a-z0-9]){2,62})$/)
  const { required, optional, url } = readOptions(FLAG, query, [
    'tenant',
    'client',
    'audience',
    'endpoint',
    'authority',
  ])
  const example = '11111111-2222-4333-8444-555555555555'
  return {
    kind: 'azure',
    account,
    container,
    prefix: folders.map((folder) => `/${folder}`).join(''),
    tenantId: required('tenant', example, GUID),
    clientId: required('client', example, GUID),
    audience: optional('audience') ?? 'api://AzureADTokenExchange',
    endpoint: url('endpoint') ?? `https://${account}.blob.core.windows.net`,
    authorityUrl: url('authority') ?? 'https://login.microsoftonline.com',
  }
}

function requireName(what: string, name: string, grammar: RegExp): void {
  if (!grammar.test(name)) throw refusal(`has a ${what} that cannot be called so: ${JSON.stringify(name)}`)
}

function refusal(what: string): StartRefusal {
  return new StartRefusal(`${FLAG} ${what}.`)
}
