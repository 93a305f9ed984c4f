/**
 * `AssumeRole`: a session of one role in, a session of the next one out, if the next one trusts the first and the first may.
 *
 * In order: the signature, the form of the parameters, the trust policy and what the caller may do, the session policies, the hour
 * that AWS gives such sessions at most.
 *
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 */
import { assumedRoleArnOf, parseRoleArn, type RoleArn } from '@daypass/trust/aws/arn.ts'
import type { AwsExplanation } from '@daypass/trust/aws/explanation.ts'
import { explainRoleLink, LONGEST_CHAINED_SESSION_SECONDS } from '@daypass/trust/aws/role-chain.ts'
import { explanationOfMissingRole, requestKeysOf, roleIdOf } from './assume-role.ts'
import { authenticate } from './caller-identity.ts'
import type { LocalAwsConfig, LocalAwsRole } from './config.ts'
import { readAssumeRoleParameters } from './constraints.ts'
import { mayAssume } from './permissions.ts'
import type { StsRequest } from './request.ts'
import type { AwsSession, Sessions } from './session.ts'
import { readSessionPolicies } from './session-policies.ts'
import { isStsError, type StsError, stsError } from './sts-error.ts'
import type { XmlElements } from './xml.ts'

export interface AssumeNextRoleServices {
  readonly config: LocalAwsConfig
  readonly sessions: Sessions
  readonly now: () => Date
}

export function assumeNextRole(
  request: StsRequest,
  services: AssumeNextRoleServices,
): XmlElements | StsError {
  const session = authenticate(request, services)
  if (isStsError(session)) return session
  const parameters = readAssumeRoleParameters(request.parameters, false)
  if (isStsError(parameters)) return parameters
  const { roleArn, sessionName, durationSeconds } = parameters
  const arn = parseRoleArn(roleArn)
  const caller = parseRoleArn(session.roleArn)
  if (!arn || !caller) return stsError('ValidationError', `${roleArn} is invalid`)
  const refusal = refusalOf(request, services, session, { arn, caller, sessionName })
  if (refusal) {
    const user = assumedRoleArnOf(caller, session.sessionName)
    const message = `User: ${user} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`
    return stsError('AccessDenied', message, refusal)
  }
  const policies = readSessionPolicies(request.parameters, arn)
  if (isStsError(policies)) return policies
  if (durationSeconds > LONGEST_CHAINED_SESSION_SECONDS) {
    const message =
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining'
    return stsError('ValidationError', message)
  }
  const issuedAt = services.now()
  const roleId = roleIdOf(roleArn)
  const credentials = services.sessions.issue({
    roleArn,
    roleId,
    sessionName,
    subject: session.subject,
    issuedAt,
    expiresAt: new Date(Math.floor(issuedAt.getTime() / 1000) * 1000 + durationSeconds * 1000),
    policyArns: policies.arns,
    policy: policies.policy,
  })
  return {
    AssumedRoleUser: { AssumedRoleId: `${roleId}:${sessionName}`, Arn: assumedRoleArnOf(arn, sessionName) },
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: credentials.expiresAt.toISOString().replace('.000Z', 'Z'),
    },
    PackedPolicySize: policies.packedPercent,
  }
}

function refusalOf(
  request: StsRequest,
  { config, now }: AssumeNextRoleServices,
  session: AwsSession,
  { arn, caller, sessionName }: { arn: RoleArn; caller: RoleArn; sessionName: string },
): AwsExplanation | undefined {
  const role = roleIn(config, arn)
  if (!role) return explanationOfMissingRole(arn.arn)
  const externalId = request.parameters.get('ExternalId')
  return explainRoleLink({
    policy: role.trustPolicy,
    role: arn,
    caller: { role: caller, sessionName: session.sessionName },
    // What a session policy of AWS's own allows is not known here, and none of those that only read allows this.
    isPermitted:
      session.policyArns.length === 0 &&
      session.policy === undefined &&
      mayAssume(roleIn(config, caller)?.policies ?? [], arn.arn),
    requestKeys: {
      ...requestKeysOf(request, sessionName, now()),
      ...(externalId !== undefined && { 'sts:ExternalId': externalId }),
    },
  })
}

function roleIn({ accounts }: LocalAwsConfig, arn: RoleArn): LocalAwsRole | undefined {
  const account = accounts.find(({ id, partition }) => id === arn.accountId && partition === arn.partition)
  return account?.roles.find((one) => one.arn.arn === arn.arn)
}
