/**
 * Reads a role's trust policy: JSON text or value in, typed policy or refusal out.
 *
 * Closed and strict: an element, operator or value that the engine does not know is refused, as AWS itself refuses
 * it with `MalformedPolicyDocument`. Nothing is skipped, for a clause that is skipped is a door left open.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
import { memberPath, parseJsonOnce } from '../json.ts'
import { parseConditions } from './parse-condition.ts'
import { parsePrincipals } from './parse-principal.ts'
import type { AwsTrustPolicy, AwsTrustStatement } from './policy.ts'

export interface AwsPolicyRefusal {
  readonly code:
    | 'policy_not_json'
    | 'policy_duplicate_member'
    | 'policy_wrong_type'
    | 'policy_unknown_element'
    | 'policy_unsupported_element'
    | 'policy_missing_element'
    | 'policy_wrong_version'
    | 'policy_wrong_value'
    | 'policy_wrong_principal'
    | 'policy_wrong_action'
    | 'policy_unknown_operator'
    | 'policy_wrong_variable'
  /** Where: `$.Statement[0].Principal`. */
  readonly path: string
  /** What is wrong there and what to write instead. */
  readonly sentence: string
}

export type AwsPolicyResult =
  | { readonly ok: true; readonly policy: AwsTrustPolicy }
  | { readonly ok: false; readonly refusal: AwsPolicyRefusal }

/** Stops the reading at the first mistake; caught by `parseAwsTrustPolicy` alone. */
export type Fail = (code: AwsPolicyRefusal['code'], path: string, sentence: string) => never

class Malformed extends Error {
  readonly refusal: AwsPolicyRefusal
  constructor(refusal: AwsPolicyRefusal) {
    super(refusal.sentence)
    this.refusal = refusal
  }
}

const fail: Fail = (code, path, sentence) => {
  throw new Malformed({ code, path, sentence })
}

const POLICY_ELEMENTS = ['Version', 'Id', 'Statement']
const STATEMENT_ELEMENTS = ['Sid', 'Effect', 'Principal', 'Action', 'NotAction', 'Condition']
const UNSUPPORTED_ELEMENTS: Readonly<Record<string, string>> = {
  NotPrincipal: 'NotPrincipal trusts everyone but those named; write Principal instead.',
  Resource: 'A trust policy belongs to its role and has no Resource; remove the element.',
  NotResource: 'A trust policy belongs to its role and has no NotResource; remove the element.',
}

/** @param document The policy as JSON text, or the value that it was parsed to. */
export function parseAwsTrustPolicy(document: unknown): AwsPolicyResult {
  try {
    return { ok: true, policy: readPolicy(typeof document === 'string' ? readText(document) : document) }
  } catch (error) {
    if (error instanceof Malformed) return { ok: false, refusal: error.refusal }
    throw error
  }
}

function readText(text: string): unknown {
  const read = parseJsonOnce(text)
  if (read.ok) return read.value
  return read.problem === 'not_json'
    ? fail('policy_not_json', read.path, 'The trust policy is not valid JSON.')
    : fail(
        'policy_duplicate_member',
        read.path,
        `${read.path} is written twice; put all its members into one.`,
      )
}

function readPolicy(document: unknown): AwsTrustPolicy {
  const policy = recordAt(document, '$', 'The trust policy')
  refuseUnknown(policy, '$', POLICY_ELEMENTS)
  const version = policy['Version'] ?? '2008-10-17'
  if (version !== '2008-10-17' && version !== '2012-10-17') {
    fail('policy_wrong_version', '$.Version', 'The Version must be "2012-10-17".')
  }
  if (policy['Id'] !== undefined) stringAt(policy['Id'], '$.Id')
  const written = policy['Statement']
  if (written === undefined) fail('policy_missing_element', '$', 'The trust policy has no Statement.')
  const list = Array.isArray(written) ? written : [written]
  if (list.length === 0) fail('policy_missing_element', '$.Statement', 'The trust policy has no statement.')
  const variables = version === '2012-10-17'
  const statements = list.map((statement, index) =>
    readStatement(
      statement,
      index,
      Array.isArray(written) ? `$.Statement[${index}]` : '$.Statement',
      variables,
    ),
  )
  refuseRepeatedSids(statements)
  return { version: version as AwsTrustPolicy['version'], statements }
}

function readStatement(written: unknown, index: number, path: string, variables: boolean): AwsTrustStatement {
  const statement = recordAt(written, path, 'A statement')
  refuseUnknown(statement, path, STATEMENT_ELEMENTS)
  const effect = statement['Effect']
  if (effect === undefined) fail('policy_missing_element', path, 'The statement has no Effect.')
  if (effect !== 'Allow' && effect !== 'Deny') {
    fail('policy_wrong_value', `${path}.Effect`, 'The Effect must be "Allow" or "Deny", in this spelling.')
  }
  if (statement['Principal'] === undefined) {
    fail(
      'policy_missing_element',
      path,
      'The statement has no Principal; name the OIDC provider under "Federated".',
    )
  }
  return {
    index,
    sid: readSid(statement['Sid'], `${path}.Sid`),
    effect: effect as AwsTrustStatement['effect'],
    principals: parsePrincipals(statement['Principal'], `${path}.Principal`, fail),
    actions: readActions(statement, path),
    conditions:
      statement['Condition'] === undefined
        ? []
        : parseConditions(statement['Condition'], `${path}.Condition`, variables, fail),
  }
}

function readSid(sid: unknown, path: string): string | undefined {
  if (sid === undefined) return undefined
  const text = stringAt(sid, path)
  return /^[A-Za-z0-9]*$/.test(text)
    ? text
    : fail('policy_wrong_value', path, 'A Sid has letters and digits only in an IAM policy.')
}

function readActions(statement: Record<string, unknown>, path: string): AwsTrustStatement['actions'] {
  const { Action: action, NotAction: notAction } = statement as { Action?: unknown; NotAction?: unknown }
  if (action !== undefined && notAction !== undefined) {
    fail('policy_wrong_action', path, 'The statement has both Action and NotAction; keep one.')
  }
  const element = notAction === undefined ? 'Action' : 'NotAction'
  const written = action ?? notAction
  if (written === undefined) {
    fail(
      'policy_missing_element',
      path,
      'The statement has no Action; write "sts:AssumeRoleWithWebIdentity".',
    )
  }
  const patterns = stringsAt(written, `${path}.${element}`)
  if (patterns.length === 0) fail('policy_wrong_action', `${path}.${element}`, `${element} is an empty list.`)
  for (const pattern of patterns) {
    if (!/^sts:[A-Za-z*?]+$/i.test(pattern)) {
      fail(
        'policy_wrong_action',
        `${path}.${element}`,
        `A trust policy may name STS actions only, not ${JSON.stringify(pattern)}; write "sts:AssumeRoleWithWebIdentity".`,
      )
    }
  }
  return { patterns, except: element === 'NotAction' }
}

function refuseUnknown(value: Record<string, unknown>, path: string, known: readonly string[]): void {
  for (const name of Object.keys(value)) {
    if (known.includes(name)) continue
    const at = memberPath(path, name)
    const unsupported = Object.hasOwn(UNSUPPORTED_ELEMENTS, name) ? UNSUPPORTED_ELEMENTS[name] : undefined
    if (unsupported) fail('policy_unsupported_element', at, unsupported)
    fail(
      'policy_unknown_element',
      at,
      `${JSON.stringify(name)} is no element here; known are ${known.join(', ')}.`,
    )
  }
}

function refuseRepeatedSids(statements: readonly AwsTrustStatement[]): void {
  const seen = new Set<string>()
  for (const { sid, index } of statements) {
    if (!sid) continue
    if (seen.has(sid)) {
      fail('policy_wrong_value', `$.Statement[${index}].Sid`, `The Sid ${JSON.stringify(sid)} is used twice.`)
    }
    seen.add(sid)
  }
}

function recordAt(value: unknown, path: string, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  return fail('policy_wrong_type', path, `${what} must be a JSON object.`)
}

function stringAt(value: unknown, path: string): string {
  return typeof value === 'string' ? value : fail('policy_wrong_type', path, `${path} must be a string.`)
}

function stringsAt(value: unknown, path: string): readonly string[] {
  if (!Array.isArray(value)) return [stringAt(value, path)]
  return value.map((one, index) => stringAt(one, `${path}[${index}]`))
}
