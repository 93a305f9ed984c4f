/**
 * Federated credentials: whose tokens an Entra application, or a managed identity, believes.
 *
 * Owns: how they are written, as `az ad app federated-credential list`, `az identity federated-credential list`,
 * Microsoft Graph and Azure Resource Manager write them, and their limits. Does not own: the decision (evaluate.ts).
 * @see https://learn.microsoft.com/graph/api/resources/federatedidentitycredential
 * @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
 */
import { writtenValue } from '../json.ts'

export interface FederatedCredential {
  readonly name: string
  readonly issuer: string
  readonly subject: string
  /** An application's has exactly one. */
  readonly audiences: readonly string[]
}

/** Of one application or managed identity. */
export const MOST_FEDERATED_CREDENTIALS = 20
/** Characters of an issuer, of a subject and of an audience. */
export const LONGEST_CREDENTIAL_FIELD = 600

export type FederatedCredentialsResult =
  | { readonly ok: true; readonly credentials: readonly FederatedCredential[] }
  | { readonly ok: false; readonly refusal: { readonly path: string; readonly sentence: string } }

/** @param written JSON text or its value: a list, or Microsoft's `{"value": [...]}` around one. */
export function readFederatedCredentials(written: unknown): FederatedCredentialsResult {
  const read = writtenValue(written)
  if (!read.ok) return read
  const { value } = read
  const list = isObject(value) ? value['value'] : value
  if (!Array.isArray(list)) return refused('$', 'A list of federated credentials is needed here.')
  const credentials: FederatedCredential[] = []
  for (const [index, one] of list.entries()) {
    const read = readCredential(one, `$[${index}]`)
    if ('sentence' in read) return refused(read.path, read.sentence)
    credentials.push(read)
  }
  return checkTogether(credentials)
}

type Problem = { readonly path: string; readonly sentence: string }

function readCredential(written: unknown, path: string): FederatedCredential | Problem {
  if (!isObject(written)) return { path, sentence: 'A federated credential is an object.' }
  const inner = isObject(written['properties']) ? written['properties'] : written
  const { name } = written
  const { issuer, subject, audiences } = inner
  if (inner['claimsMatchingExpression']) {
    const sentence =
      'A flexible credential (claimsMatchingExpression) cannot be judged here; give it a subject.'
    return { path: `${path}.claimsMatchingExpression`, sentence }
  }
  if (typeof name !== 'string' || name === '') return { path: `${path}.name`, sentence: 'It needs a name.' }
  for (const [field, text] of Object.entries({ issuer, subject })) {
    if (!isField(text)) return { path: `${path}.${field}`, sentence: `It needs an ${field} of ${LENGTHS}.` }
  }
  if (!Array.isArray(audiences) || audiences.length === 0 || !audiences.every(isField)) {
    return { path: `${path}.audiences`, sentence: `It needs a list with an audience of ${LENGTHS}.` }
  }
  return { name, issuer: String(issuer), subject: String(subject), audiences }
}

const LENGTHS = `1 to ${LONGEST_CREDENTIAL_FIELD} characters, without blanks at its ends`

function isField(text: unknown): text is string {
  return (
    typeof text === 'string' && text !== '' && text.length <= LONGEST_CREDENTIAL_FIELD && text.trim() === text
  )
}

function checkTogether(credentials: readonly FederatedCredential[]): FederatedCredentialsResult {
  if (credentials.length > MOST_FEDERATED_CREDENTIALS) {
    const sentence = `Azure takes ${MOST_FEDERATED_CREDENTIALS} federated credentials for one application or identity, and this is one more.`
    return refused(`$[${MOST_FEDERATED_CREDENTIALS}]`, sentence)
  }
  for (const [index, one] of credentials.entries()) {
    const earlier = credentials.slice(0, index)
    if (earlier.some(({ name }) => name === one.name)) {
      return refused(`$[${index}].name`, 'Another credential has this name.')
    }
    if (earlier.some(({ issuer, subject }) => issuer === one.issuer && subject === one.subject)) {
      return refused(
        `$[${index}].subject`,
        'Another credential has this issuer and this subject; Azure takes each pair once.',
      )
    }
  }
  return { ok: true, credentials }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refused(path: string, sentence: string): FederatedCredentialsResult {
  return { ok: false, refusal: { path, sentence } }
}
