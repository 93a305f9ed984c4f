/**
 * What a file about trust holds, told by its shape: whatever `aws`, `az` and `gcloud` print, and what `daypass trust
 * generate` writes.
 *
 * Owns the telling apart. The reading itself, and what is refused, is each cloud's (parse.ts, federated-credential.ts,
 * workload-provider.ts).
 */
import { parseRoleArn } from './aws/arn.ts'
import { parseAwsTrustPolicy } from './aws/parse.ts'
import type { AwsTrustPolicy } from './aws/policy.ts'
import { type FederatedCredential, readFederatedCredentials } from './azure/federated-credential.ts'
import {
  type GoogleProvider,
  type GoogleServiceAccount,
  type GoogleTrust,
  readGoogleProvider,
  readGoogleServiceAccount,
  readGoogleTrust,
} from './google/workload-provider.ts'
import { type JsonRefusal, writtenValue } from './json.ts'

export type TrustDocument =
  | {
      readonly kind: 'aws-trust-policy'
      readonly policy: AwsTrustPolicy
      /** Known when the whole role was handed over. */
      readonly roleArn: string | undefined
      /** As AWS counts them, without white space. */
      readonly characters: number
    }
  | { readonly kind: 'aws-provider'; readonly issuerUrl: string; readonly audiences: readonly string[] }
  | { readonly kind: 'azure-credentials'; readonly credentials: readonly FederatedCredential[] }
  | { readonly kind: 'google-provider'; readonly provider: GoogleProvider }
  | { readonly kind: 'google-service-account'; readonly serviceAccount: GoogleServiceAccount }
  | { readonly kind: 'google-trust'; readonly trust: GoogleTrust }

export type TrustDocumentResult =
  | { readonly ok: true; readonly document: TrustDocument }
  | { readonly ok: false; readonly recognized: boolean; readonly refusal: JsonRefusal }

/** Stands where `gcloud` prints a policy without saying whose it is. */
export const UNNAMED_SERVICE_ACCOUNT = 'SERVICE_ACCOUNT@PROJECT.iam.gserviceaccount.com'

/**
 * @param written JSON text or its value.
 * @param serviceAccount Whose IAM policy it is, if it is one.
 */
export function readTrustDocument(
  written: unknown,
  serviceAccount: string = UNNAMED_SERVICE_ACCOUNT,
): TrustDocumentResult {
  const read = writtenValue(written)
  if (!read.ok) return { ok: false, recognized: false, refusal: read.refusal }
  const { value } = read
  if (Array.isArray(value)) return azureCredentials(value)
  if (!isObject(value)) return unrecognized()
  if (isObject(value['Role'])) return awsRole(value['Role'])
  if ('AssumeRolePolicyDocument' in value) return awsRole(value)
  if ('Statement' in value) return awsPolicy(value, undefined)
  if ('ClientIDList' in value) return awsProvider(value)
  if (Array.isArray(value['value'])) return azureCredentials(value)
  if ('audiences' in value || isObject(value['properties'])) return azureCredentials([value])
  if ('serviceAccount' in value) return googleTrust(value)
  if ('oidc' in value || 'attributeMapping' in value) return googleProvider(value)
  if ('bindings' in value || 'etag' in value) return googleServiceAccount(value, serviceAccount)
  return unrecognized()
}

function awsRole(role: Fields): TrustDocumentResult {
  const arn = typeof role['Arn'] === 'string' ? parseRoleArn(role['Arn'])?.arn : undefined
  const document = role['AssumeRolePolicyDocument']
  // The API itself encodes the document as in a URL; the command line does not.
  const isEncoded = typeof document === 'string' && document.startsWith('%7B')
  return awsPolicy(isEncoded ? decoded(document) : document, arn)
}

/** As it is where it is no such encoding: then it is no JSON either, and the parser says so. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function awsPolicy(written: unknown, roleArn: string | undefined): TrustDocumentResult {
  const parsed = parseAwsTrustPolicy(written)
  if (!parsed.ok) return refused(parsed.refusal)
  const text = typeof written === 'string' ? written : JSON.stringify(written)
  const characters = text.replaceAll(/\s/g, '').length
  return { ok: true, document: { kind: 'aws-trust-policy', policy: parsed.policy, roleArn, characters } }
}

/** `aws iam get-open-id-connect-provider` leaves out the scheme, which for AWS is always https. */
function awsProvider({ Url: url, ClientIDList: audiences }: Fields): TrustDocumentResult {
  if (typeof url !== 'string' || url === '') {
    return refused({ path: '$.Url', sentence: 'The URL of the provider is needed here.' })
  }
  if (!Array.isArray(audiences) || !audiences.every((one) => typeof one === 'string')) {
    return refused({ path: '$.ClientIDList', sentence: 'It is the list of the audiences.' })
  }
  const issuerUrl = /^[a-z]+:\/\//i.test(url) ? url : `https://${url}`
  return { ok: true, document: { kind: 'aws-provider', issuerUrl, audiences } }
}

function azureCredentials(written: unknown): TrustDocumentResult {
  const read = readFederatedCredentials(written)
  if (!read.ok) return refused(read.refusal)
  return { ok: true, document: { kind: 'azure-credentials', credentials: read.credentials } }
}

function googleTrust(written: unknown): TrustDocumentResult {
  const read = readGoogleTrust(written)
  return read.ok ? { ok: true, document: { kind: 'google-trust', trust: read.trust } } : refused(read.refusal)
}

function googleProvider(written: unknown): TrustDocumentResult {
  const provider = readGoogleProvider(written, '$')
  return 'sentence' in provider
    ? refused(provider)
    : { ok: true, document: { kind: 'google-provider', provider } }
}

function googleServiceAccount(policy: unknown, email: string): TrustDocumentResult {
  const read = readGoogleServiceAccount({ email, policy }, '$')
  return 'sentence' in read
    ? refused({ ...read, path: read.path.replace('$.policy', '$') })
    : { ok: true, document: { kind: 'google-service-account', serviceAccount: read } }
}

type Fields = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refused({ path, sentence }: JsonRefusal): TrustDocumentResult {
  return { ok: false, recognized: true, refusal: { path, sentence } }
}

function unrecognized(): TrustDocumentResult {
  const sentence =
    'This is neither a role’s trust policy or OIDC provider of AWS, nor federated credentials of Azure, nor a workload identity provider or IAM policy of Google Cloud.'
  return { ok: false, recognized: false, refusal: { path: '$', sentence } }
}
