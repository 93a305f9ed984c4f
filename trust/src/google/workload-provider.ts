/**
 * A workload identity provider of Google Cloud and a service account: whose tokens become whom.
 *
 * Owns: how they are written (`gcloud iam workload-identity-pools providers describe --format json` and `gcloud iam
 * service-accounts get-iam-policy --format json`) and their limits. Does not own: the decision (evaluate.ts).
 * @see https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools.providers
 */
import { writtenValue } from '../json.ts'

export interface GoogleProvider {
  readonly projectNumber: string
  readonly poolId: string
  readonly providerId: string
  readonly disabled: boolean
  readonly issuerUri: string
  /** Empty: the provider's own full resource name is the only one. */
  readonly allowedAudiences: readonly string[]
  /** CEL expressions by `google.subject`, `google.groups` and `attribute.<name>`. */
  readonly attributeMapping: Readonly<Record<string, string>>
  readonly attributeCondition: string | undefined
  /** An uploaded key set, as text: then nothing is fetched from the issuer. */
  readonly jwksJson: string | undefined
}

export interface GoogleServiceAccount {
  readonly email: string
  readonly bindings: readonly GoogleBinding[]
}

export interface GoogleBinding {
  readonly role: string
  readonly members: readonly string[]
  /** It has an IAM condition, which cannot be judged here. */
  readonly conditional: boolean
}

export interface GoogleTrust {
  readonly provider: GoogleProvider
  readonly serviceAccount: GoogleServiceAccount
}

export type GoogleTrustResult =
  | { readonly ok: true; readonly trust: GoogleTrust }
  | { readonly ok: false; readonly refusal: Problem }

/** What is wrong with a written provider or service account, and where. */
export interface Problem {
  readonly path: string
  readonly sentence: string
}

const HTTPS_ISSUER = /^https:\/\/[^\s?#"\\]+$/
const LONGEST_EXPRESSION = 2048
const LONGEST_CONDITION = 4096
const MOST_ATTRIBUTES = 50
const NAME =
  /^projects\/([0-9]{1,20})\/locations\/global\/workloadIdentityPools\/([a-z0-9-]{4,32})\/providers\/([a-z0-9-]{4,32})$/
const MAPPED = /^(?:google\.(?:subject|groups|display_name)|attribute\.[a-z0-9_]{1,100})$/

/** @param written JSON text or its value: `{"provider": …, "serviceAccount": {"email": …, "policy": {"bindings": […]}}}`. */
export function readGoogleTrust(written: unknown): GoogleTrustResult {
  const read = writtenValue(written)
  if (!read.ok) return read
  const { value } = read
  if (!isObject(value)) return refused('$', 'An object with "provider" and "serviceAccount" is needed here.')
  const provider = readGoogleProvider(value['provider'], '$.provider')
  if ('sentence' in provider) return { ok: false, refusal: provider }
  const serviceAccount = readGoogleServiceAccount(value['serviceAccount'], '$.serviceAccount')
  if ('sentence' in serviceAccount) return { ok: false, refusal: serviceAccount }
  return { ok: true, trust: { provider, serviceAccount } }
}

/** @param takesIssuer A local cloud takes issuers that Google would not. */
export function readGoogleProvider(
  written: unknown,
  path: string,
  takesIssuer: (issuerUri: string) => boolean = (issuerUri) => HTTPS_ISSUER.test(issuerUri),
): GoogleProvider | Problem {
  if (!isObject(written)) return { path, sentence: 'The description of a provider is needed here.' }
  const { name, oidc, disabled, attributeMapping, attributeCondition } = written
  const [, projectNumber, poolId, providerId] = NAME.exec(String(name)) ?? []
  if (!projectNumber || !poolId || !providerId) {
    const sentence =
      'It must be projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>, with the number of the project.'
    return { path: `${path}.name`, sentence }
  }
  if (!isObject(oidc))
    return { path: `${path}.oidc`, sentence: 'Only providers of the kind OIDC can trust a deployment.' }
  const { issuerUri, allowedAudiences = [], jwksJson } = oidc
  if (typeof issuerUri !== 'string' || !takesIssuer(issuerUri)) {
    return { path: `${path}.oidc.issuerUri`, sentence: 'Google takes https issuers only, without query.' }
  }
  if (!isTexts(allowedAudiences) || allowedAudiences.length > 10) {
    return { path: `${path}.oidc.allowedAudiences`, sentence: 'It is a list of at most 10 audiences.' }
  }
  if (jwksJson !== undefined && typeof jwksJson !== 'string') {
    return { path: `${path}.oidc.jwksJson`, sentence: 'It is the text of a key set.' }
  }
  const mapping = readMapping(attributeMapping, `${path}.attributeMapping`)
  if ('sentence' in mapping) return mapping as Problem
  const condition = attributeCondition === '' ? undefined : attributeCondition
  if (condition !== undefined && (typeof condition !== 'string' || condition.length > LONGEST_CONDITION)) {
    return {
      path: `${path}.attributeCondition`,
      sentence: `It is a text of at most ${LONGEST_CONDITION} characters.`,
    }
  }
  return {
    projectNumber,
    poolId,
    providerId,
    disabled: disabled === true,
    issuerUri,
    allowedAudiences,
    attributeMapping: mapping as Readonly<Record<string, string>>,
    attributeCondition: condition,
    jwksJson,
  }
}

function readMapping(written: unknown, path: string): Readonly<Record<string, string>> | Problem {
  if (!isObject(written) || typeof written['google.subject'] !== 'string') {
    return { path, sentence: 'It must map google.subject, for example to assertion.sub.' }
  }
  const entries = Object.entries(written)
  if (entries.filter(([key]) => key.startsWith('attribute.')).length > MOST_ATTRIBUTES) {
    return { path, sentence: `Google takes at most ${MOST_ATTRIBUTES} attributes.` }
  }
  for (const [key, expression] of entries) {
    if (!MAPPED.test(key))
      return { path: `${path}[${JSON.stringify(key)}]`, sentence: 'Google has no such attribute.' }
    if (typeof expression !== 'string' || expression === '' || expression.length > LONGEST_EXPRESSION) {
      const sentence = `It is an expression of at most ${LONGEST_EXPRESSION} characters.`
      return { path: `${path}[${JSON.stringify(key)}]`, sentence }
    }
  }
  return Object.fromEntries(entries) as Readonly<Record<string, string>>
}

export function readGoogleServiceAccount(written: unknown, path: string): GoogleServiceAccount | Problem {
  if (
    !isObject(written) ||
    typeof written['email'] !== 'string' ||
    !/^[^\s@/]+@[^\s@/]+$/.test(written['email'])
  ) {
    return { path: `${path}.email`, sentence: 'The e-mail address of a service account is needed here.' }
  }
  const { email, policy } = written
  const bindings = isObject(policy) ? (policy['bindings'] ?? []) : undefined
  if (!Array.isArray(bindings)) return { path: `${path}.policy`, sentence: 'Its IAM policy is needed here.' }
  const read: GoogleBinding[] = []
  for (const [index, binding] of bindings.entries()) {
    if (!isObject(binding) || typeof binding['role'] !== 'string' || !isTexts(binding['members'])) {
      return {
        path: `${path}.policy.bindings[${index}]`,
        sentence: 'A binding has a role and a list of members.',
      }
    }
    const { role, members, condition } = binding
    read.push({ role, members, conditional: condition !== undefined && condition !== null })
  }
  return { email, bindings: read }
}

type Pool = Pick<GoogleProvider, 'projectNumber' | 'poolId'>

/** `projects/…/workloadIdentityPools/…`, as `gcloud` takes it: it refuses a project's number as `--project`. */
export function poolResource({ projectNumber, poolId }: Pool): string {
  return `projects/${projectNumber}/locations/global/workloadIdentityPools/${poolId}`
}

/** `projects/…/providers/…` with its host, as the STS is asked for it. */
export function providerAudience(provider: GoogleProvider): string {
  return `//${poolName(provider)}/providers/${provider.providerId}`
}

/** `iam.googleapis.com/projects/…/workloadIdentityPools/…`, as principals begin. */
export function poolName(pool: Pool): string {
  return `iam.googleapis.com/${poolResource(pool)}`
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')
}

function refused(path: string, sentence: string): GoogleTrustResult {
  return { ok: false, refusal: { path, sentence } }
}
