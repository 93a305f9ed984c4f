/**
 * `GetCallerIdentity`: who holds these credentials? Needs no permission, but a true signature of a living session.
 *
 * In order: is it signed, are the credentials ours, are they alive, is the signature fresh, is it meant for us, is it
 * true.
 */
import { assumedRoleArnOf, parseRoleArn } from '@daypass/trust/aws/arn.ts'
import type { StsRequest } from './request.ts'
import type { AwsSession, Sessions } from './session.ts'
import { isGenuine, readSignature, type Signature } from './sigv4.ts'
import { isStsError, type StsError, stsError } from './sts-error.ts'
import type { XmlElements } from './xml.ts'

export interface CallerIdentityServices {
  readonly sessions: Sessions
  readonly now: () => Date
}

const FRESH_SECONDS = 15 * 60
const FORGED =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.'
const UNKNOWN = 'The security token included in the request is invalid.'

export function getCallerIdentity(
  request: StsRequest,
  services: CallerIdentityServices,
): XmlElements | StsError {
  const session = authenticate(request, services)
  if (isStsError(session)) return session
  const role = parseRoleArn(session.roleArn)
  if (!role) throw new Error('A session has a role that cannot be read.')
  return {
    Arn: assumedRoleArnOf(role, session.sessionName),
    UserId: `${session.roleId}:${session.sessionName}`,
    Account: role.accountId,
  }
}

/** The living session that truly signed the request. */
export function authenticate(request: StsRequest, services: CallerIdentityServices): AwsSession | StsError {
  const signature = readSignature(request)
  if (signature === undefined) {
    return stsError('MissingAuthenticationToken', 'Request is missing Authentication Token')
  }
  if (isStsError(signature)) return signature
  const { sessionToken } = signature
  const session = sessionToken === undefined ? undefined : services.sessions.open(sessionToken)
  if (sessionToken === undefined || session?.accessKeyId !== signature.accessKeyId) {
    return stsError('InvalidClientTokenId', UNKNOWN)
  }
  const now = services.now()
  if (session.expiresAt.getTime() <= now.getTime()) {
    return stsError('ExpiredToken', 'The security token included in the request is expired')
  }
  const misused = checkFreshness(signature, now) ?? checkScope(signature)
  if (misused) return misused
  if (!isGenuine(request, signature, services.sessions.secretOf(sessionToken))) {
    return stsError('SignatureDoesNotMatch', FORGED)
  }
  return session
}

function checkFreshness({ date, expiresSeconds }: Signature, now: Date): StsError | undefined {
  const signedAt = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (Number.isNaN(signedAt)) return stsError('IncompleteSignature', `${date} is no date.`)
  const age = (now.getTime() - signedAt) / 1000
  if (age > Math.min(FRESH_SECONDS, expiresSeconds ?? FRESH_SECONDS)) {
    const earliest = new Date(now.getTime() - FRESH_SECONDS * 1000)
    const message = `Signature expired: ${date} is now earlier than ${basic(earliest)} (${basic(now)} - 15 min.)`
    return stsError('SignatureDoesNotMatch', message)
  }
  if (age >= -FRESH_SECONDS) return undefined
  const latest = new Date(now.getTime() + FRESH_SECONDS * 1000)
  const message = `Signature not yet current: ${date} is still later than ${basic(latest)} (${basic(now)} + 15 min.)`
  return stsError('SignatureDoesNotMatch', message)
}

function checkScope({ scope, date }: Signature): StsError | undefined {
  const [day, , service] = scope.split('/')
  if (service !== 'sts') {
    return stsError('SignatureDoesNotMatch', "Credential should be scoped to correct service: 'sts'.")
  }
  if (day === date.slice(0, 8)) return undefined
  const message = `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${day}' != '${date.slice(0, 8)}', from '${date}'.`
  return stsError('SignatureDoesNotMatch', message)
}

/** `20261124T090000Z` */
function basic(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
}
