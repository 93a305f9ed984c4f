/**
 * What AWS STS is asked for a session of a role: with a token, or with a session of another role.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
 */
export interface AssumeRoleRequest {
  readonly roleArn: string
  readonly sessionName: string
  readonly token: string
  /** Null: what AWS grants by itself, an hour. */
  readonly durationSeconds: number | null
  readonly policyArns: readonly string[]
}

export function assumeRoleForm(request: AssumeRoleRequest): URLSearchParams {
  return sessionForm('AssumeRoleWithWebIdentity', request, { WebIdentityToken: request.token })
}

/** @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export interface AssumeNextRoleRequest extends Omit<AssumeRoleRequest, 'token'> {
  readonly externalId: string | null
}

/** Must be signed with the session of the role before. */
export function assumeNextRoleForm(request: AssumeNextRoleRequest): URLSearchParams {
  return sessionForm('AssumeRole', request, {
    ...(request.externalId !== null && { ExternalId: request.externalId }),
  })
}

function sessionForm(
  action: string,
  { roleArn, sessionName, durationSeconds, policyArns }: Omit<AssumeRoleRequest, 'token'>,
  more: Readonly<Record<string, string>>,
): URLSearchParams {
  const form = new URLSearchParams({
    Action: action,
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    ...more,
  })
  if (durationSeconds !== null) form.set('DurationSeconds', String(durationSeconds))
  policyArns.forEach((arn, index) => {
    form.set(`PolicyArns.member.${index + 1}.arn`, arn)
  })
  return form
}
