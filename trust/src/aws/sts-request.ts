/**
 * What AWS STS is asked for a session of a role.
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
  const { roleArn, sessionName, token, durationSeconds, policyArns } = request
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    WebIdentityToken: token,
  })
  if (durationSeconds !== null) form.set('DurationSeconds', String(durationSeconds))
  policyArns.forEach((arn, index) => {
    form.set(`PolicyArns.member.${index + 1}.arn`, arn)
  })
  return form
}
