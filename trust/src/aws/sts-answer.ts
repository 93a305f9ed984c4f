/**
 * Reads the few elements that matter in an answer of AWS STS. Not a reader of XML: it takes what STS writes, and
 * whatever else it is given is no answer.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */

export interface StsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiresAt: Date
}

export interface StsError {
  readonly code: string
  readonly message: string
}

export function readCredentials(xml: string): StsCredentials | undefined {
  const credentials = element(xml, 'Credentials')
  if (credentials === undefined) return undefined
  const accessKeyId = text(credentials, 'AccessKeyId')
  const secretAccessKey = text(credentials, 'SecretAccessKey')
  const sessionToken = text(credentials, 'SessionToken')
  const expiresAt = new Date(text(credentials, 'Expiration') ?? '')
  if (!accessKeyId || !secretAccessKey || !sessionToken || Number.isNaN(expiresAt.getTime())) return undefined
  return { accessKeyId, secretAccessKey, sessionToken, expiresAt }
}

export function readError(xml: string): StsError | undefined {
  const error = element(xml, 'Error')
  const code = error && text(error, 'Code')
  return code ? { code, message: (error && text(error, 'Message')) ?? '' } : undefined
}

/** The content of the one element of this name; undefined when there is none or more than one. */
function element(xml: string, name: string): string | undefined {
  const open = `<${name}>`
  const close = `</${name}>`
  const start = xml.indexOf(open)
  const end = xml.indexOf(close)
  if (start < 0 || end < start || xml.indexOf(open, start + 1) >= 0 || xml.indexOf(close, end + 1) >= 0)
    return undefined
  return xml.slice(start + open.length, end)
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

function text(xml: string, name: string): string | undefined {
  const content = element(xml, name)?.trim()
  if (content === undefined || content.includes('<')) return undefined
  return content.replace(
    /&(?:(lt|gt|amp|quot|apos)|#(\d{1,7})|#x([0-9a-fA-F]{1,6}));/g,
    (whole, entity, decimal, hex) =>
      entity
        ? (ENTITIES[entity] ?? whole)
        : character(decimal ? Number(decimal) : Number.parseInt(hex, 16), whole),
  )
}

function character(codePoint: number, otherwise: string): string {
  return codePoint <= 0x10ffff ? String.fromCodePoint(codePoint) : otherwise
}
