/** The constraints on the parameters of AssumeRoleWithWebIdentity and AssumeRole, refused in AWS's words, all at once. */
import { type StsError, stsError } from './sts-error.ts'

export interface AssumeRoleParameters {
  readonly roleArn: string
  readonly sessionName: string
  readonly token: string
  readonly durationSeconds: number
}

/** AWS's default; a role may allow more. */
const DEFAULT_DURATION_SECONDS = 3600

export function readAssumeRoleParameters(
  parameters: ReadonlyMap<string, string>,
  withToken = true,
): AssumeRoleParameters | StsError {
  const roleArn = parameters.get('RoleArn')
  const sessionName = parameters.get('RoleSessionName')
  const token = withToken ? parameters.get('WebIdentityToken') : 'none'
  const duration = parameters.get('DurationSeconds') ?? String(DEFAULT_DURATION_SECONDS)
  if (!/^-?[0-9]{1,10}$/.test(duration)) {
    return stsError('MalformedInput', 'DurationSeconds is no integer.')
  }
  const seconds = Number(duration)
  const errors = [
    ...lengthErrors('roleArn', roleArn, 20, 2048),
    ...lengthErrors('roleSessionName', sessionName, 2, 64),
    ...patternErrors('roleSessionName', sessionName, /^[\w+=,.@-]*$/, '[\\w+=,.@-]*'),
    ...lengthErrors('webIdentityToken', token, 4, 20_000, true),
    ...(seconds < 900
      ? [failed('durationSeconds', duration, 'have value greater than or equal to 900')]
      : []),
    ...(seconds > 43_200
      ? [failed('durationSeconds', duration, 'have value less than or equal to 43200')]
      : []),
  ]
  if (errors.length > 0 || roleArn === undefined || sessionName === undefined || token === undefined) {
    const count = `${errors.length} validation error${errors.length === 1 ? '' : 's'} detected`
    return stsError('ValidationError', `${count}: ${errors.join('; ')}`)
  }
  if (parameters.has('ProviderId')) {
    return stsError('ValidationError', 'ProviderId must not be given with an OpenID Connect ID token.')
  }
  return { roleArn, sessionName, token, durationSeconds: seconds }
}

function lengthErrors(
  name: string,
  value: string | undefined,
  shortest: number,
  longest: number,
  secret = false,
): readonly string[] {
  if (value === undefined)
    return [`Value null at '${name}' failed to satisfy constraint: Member must not be null`]
  const shown = secret ? '***' : value
  if (value.length < shortest)
    return [failed(name, shown, `have length greater than or equal to ${shortest}`)]
  if (value.length > longest) return [failed(name, shown, `have length less than or equal to ${longest}`)]
  return []
}

function patternErrors(
  name: string,
  value: string | undefined,
  pattern: RegExp,
  shown: string,
): readonly string[] {
  if (value === undefined || pattern.test(value)) return []
  return [failed(name, value, `satisfy regular expression pattern: ${shown}`)]
}

function failed(name: string, value: string, must: string): string {
  return `Value '${value}' at '${name}' failed to satisfy constraint: Member must ${must}`
}
