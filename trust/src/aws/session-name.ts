/**
 * The name of an AWS session (`RoleSessionName`), made from the template in a stack's settings.
 *
 * Owns the placeholders, the 64-character rule and the characters that AWS takes.
 *
 * @see /docs/deployments/guides/oidc/aws/ on pulumi.com, and
 *   https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */

export const LONGEST_SESSION_NAME = 64
export const SHORTEST_SESSION_NAME = 2

export interface SessionNameValues {
  readonly organization: string
  readonly project: string
  readonly stack: string
  readonly operation: string
  /** The number of the deployment in its stack. */
  readonly deploymentVersion: number
  /** The deployment's UUID. */
  readonly deploymentId: string
}

export interface SessionNameRefusal {
  readonly code:
    | 'session_name_placeholder_unknown'
    | 'session_name_characters'
    | 'session_name_too_long'
    | 'session_name_too_short'
  readonly sentence: string
}

export type SessionNameResult =
  | { readonly ok: true; readonly sessionName: string }
  | { readonly ok: false; readonly refusal: SessionNameRefusal }

type Part = { readonly kind: 'text' | 'fixed' | 'name'; readonly text: string }

const PLACEHOLDER = /\$\{([^}]*)\}/
const ALLOWED = /^[\w+=,.@-]*$/
/** Shorter values cannot occur, so that a template which cannot fit is refused when it is saved. */
const SHORTEST_VALUES: SessionNameValues = {
  organization: '',
  project: '',
  stack: '',
  operation: 'update',
  deploymentVersion: 1,
  deploymentId: '00000000-0000-0000-0000-000000000000',
}

/**
 * Fills the template. When the result is longer than 64 characters, organization, project and stack are cut from
 * their ends to one common length, the largest that fits; operation, version and id are never cut.
 */
export function renderSessionName(template: string, values: SessionNameValues): SessionNameResult {
  const parts = partsOf(template, values)
  if ('code' in parts) return { ok: false, refusal: parts }
  const longest = Math.max(0, ...parts.map((part) => (part.kind === 'name' ? part.text.length : 0)))
  for (let cap = longest; cap >= 0; cap -= 1) {
    const sessionName = parts
      .map((part) => (part.kind === 'name' ? part.text.slice(0, cap) : part.text))
      .join('')
    if (sessionName.length <= LONGEST_SESSION_NAME) return checked(template, sessionName)
  }
  return refuse(
    'session_name_too_long',
    `The session name ${quote(template)} is longer than 64 characters even without organization, project and stack; shorten its fixed text.`,
  )
}

/** What is wrong with a template whatever its values are: for the moment when settings are saved. */
export function checkSessionNameTemplate(template: string): SessionNameRefusal | undefined {
  const rendered = renderSessionName(template, SHORTEST_VALUES)
  if (rendered.ok || rendered.refusal.code === 'session_name_too_short') {
    return /\$\{/.test(template) || rendered.ok ? undefined : rendered.refusal
  }
  return rendered.refusal
}

function partsOf(template: string, values: SessionNameValues): readonly Part[] | SessionNameRefusal {
  const parts: Part[] = []
  let rest = template
  for (let found = PLACEHOLDER.exec(rest); found; found = PLACEHOLDER.exec(rest)) {
    parts.push({ kind: 'text', text: rest.slice(0, found.index) })
    const part = placeholder(found[1] ?? '', values)
    if (!part) {
      return {
        code: 'session_name_placeholder_unknown',
        sentence: `The session name has the unknown placeholder ${quote(found[0])}; use \${organization.name}, \${project.name}, \${stack.name}, \${deployment.operation}, \${deployment.version} or \${deployment.id}.`,
      }
    }
    parts.push(part)
    rest = rest.slice(found.index + found[0].length)
  }
  return [...parts, { kind: 'text', text: rest }]
}

function placeholder(name: string, values: SessionNameValues): Part | undefined {
  switch (name) {
    case 'organization.name':
      return { kind: 'name', text: values.organization }
    case 'project.name':
      return { kind: 'name', text: values.project }
    case 'stack.name':
      return { kind: 'name', text: values.stack }
    case 'deployment.operation':
    case 'operation':
      return { kind: 'fixed', text: values.operation }
    case 'deployment.version':
      return { kind: 'fixed', text: String(values.deploymentVersion) }
    case 'deployment.id':
      return { kind: 'fixed', text: values.deploymentId }
    default:
      return undefined
  }
}

function checked(template: string, sessionName: string): SessionNameResult {
  if (!ALLOWED.test(sessionName)) {
    return refuse(
      'session_name_characters',
      `The session name ${quote(template)} has characters that AWS refuses; use letters, digits and _+=,.@- only.`,
    )
  }
  if (sessionName.length < SHORTEST_SESSION_NAME) {
    return refuse(
      'session_name_too_short',
      `The session name ${quote(template)} is shorter than 2 characters.`,
    )
  }
  return { ok: true, sessionName }
}

function quote(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text)
}

function refuse(code: SessionNameRefusal['code'], sentence: string): SessionNameResult {
  return { ok: false, refusal: { code, sentence } }
}
