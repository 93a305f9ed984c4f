/**
 * `AssumeRoleWithWebIdentity`: a token in, temporary credentials out, if the role trusts it.
 *
 * In order: the form of the parameters, the token, the trust policy, the session policies, the role's longest session.
 */
import { createHash } from 'node:crypto'
import { assumedRoleArnOf, parseRoleArn } from '@daypass/trust/aws/arn.ts'
import type { AwsContextValue } from '@daypass/trust/aws/context.ts'
import { evaluateAwsTrust } from '@daypass/trust/aws/evaluate.ts'
import { explainAwsTrust } from '@daypass/trust/aws/explain.ts'
import type { AwsExplanation } from '@daypass/trust/aws/explanation.ts'
import { TAG_SESSION } from '@daypass/trust/aws/session-tags.ts'
import { explainStsError } from '@daypass/trust/aws/sts-errors.ts'
import type { LocalAwsConfig, LocalAwsRole } from './config.ts'
import { readAssumeRoleParameters } from './constraints.ts'
import type { StsRequest } from './request.ts'
import { base32, type Sessions } from './session.ts'
import { readSessionPolicies } from './session-policies.ts'
import { isStsError, type StsError, stsError } from './sts-error.ts'
import { type TokenServices, type VerifiedToken, verifyToken } from './verify-token.ts'
import type { XmlElements } from './xml.ts'

export interface AssumeRoleServices extends TokenServices {
  readonly config: LocalAwsConfig
  readonly sessions: Sessions
}

const NOT_AUTHORIZED = 'Not authorized to perform sts:AssumeRoleWithWebIdentity'
const TOO_LONG = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'

export async function assumeRoleWithWebIdentity(
  request: StsRequest,
  services: AssumeRoleServices,
): Promise<XmlElements | StsError> {
  const parameters = readAssumeRoleParameters(request.parameters)
  if (isStsError(parameters)) return parameters
  const { roleArn, sessionName, token, durationSeconds } = parameters
  const arn = parseRoleArn(roleArn)
  if (!arn) return stsError('ValidationError', `${roleArn} is invalid`)
  const account = services.config.accounts.find(
    ({ id, partition }) => id === arn.accountId && partition === arn.partition,
  )
  const verified = await verifyToken(token, account, roleArn, services)
  if (isStsError(verified)) return verified

  const role = account?.roles.find((one) => one.arn.arn === roleArn)
  if (!role) return stsError('AccessDenied', NOT_AUTHORIZED, explanationOfMissingRole(roleArn))
  const refusal = refusalOf(role, verified, requestKeysOf(request, sessionName, services.now()))
  if (refusal?.code === 'action_tag_session_missing') {
    const message = `User: ${verified.provider.arn} is not authorized to perform: ${TAG_SESSION} on resource: ${roleArn}`
    return stsError('AccessDenied', message, refusal)
  }
  if (refusal) return stsError('AccessDenied', NOT_AUTHORIZED, refusal)
  const policies = readSessionPolicies(request.parameters, arn)
  if (isStsError(policies)) return policies
  if (durationSeconds > role.maxSessionDurationSeconds) {
    return stsError('ValidationError', TOO_LONG, explanationOfDuration(role, verified))
  }

  const issuedAt = services.now()
  const roleId = roleIdOf(roleArn)
  const credentials = services.sessions.issue({
    roleArn,
    roleId,
    sessionName,
    subject: verified.claims.sub,
    issuedAt,
    expiresAt: new Date(Math.floor(issuedAt.getTime() / 1000) * 1000 + durationSeconds * 1000),
    policyArns: policies.arns,
    policy: policies.policy,
  })
  return {
    Audience: verified.audience,
    AssumedRoleUser: { AssumedRoleId: `${roleId}:${sessionName}`, Arn: assumedRoleArnOf(arn, sessionName) },
    Provider: verified.provider.arn,
    Credentials: {
      AccessKeyId: credentials.accessKeyId,
      SecretAccessKey: credentials.secretAccessKey,
      SessionToken: credentials.sessionToken,
      Expiration: credentials.expiresAt.toISOString().replace('.000Z', 'Z'),
    },
    SubjectFromWebIdentityToken: verified.claims.sub,
    PackedPolicySize: policies.packedPercent,
  }
}

/** Why the trust policy does not let the token in; undefined when it does. */
function refusalOf(
  role: LocalAwsRole,
  { claims, provider }: VerifiedToken,
  requestKeys: Readonly<Record<string, AwsContextValue>>,
): AwsExplanation | undefined {
  const decision = evaluateAwsTrust({ policy: role.trustPolicy, provider, claims, requestKeys })
  return explainAwsTrust(decision, provider, claims)[0]
}

export function requestKeysOf(
  request: StsRequest,
  sessionName: string,
  now: Date,
): Readonly<Record<string, AwsContextValue>> {
  return {
    'sts:RoleSessionName': sessionName,
    'aws:SourceIp': request.sourceIp,
    'aws:SecureTransport': 'false',
    'aws:CurrentTime': now.toISOString(),
    'aws:EpochTime': String(Math.floor(now.getTime() / 1000)),
  }
}

export function explanationOfMissingRole(roleArn: string): AwsExplanation {
  return {
    code: 'role_missing',
    clause: 'role',
    sentence: `There is no role ${roleArn}; AWS answers this as if the role did not trust the token.`,
    mend: 'Create the role, or correct its ARN in the OIDC settings of the stack.',
  }
}

function explanationOfDuration(role: LocalAwsRole, { claims, audience }: VerifiedToken): AwsExplanation {
  const roleArn = role.arn.arn
  const told = explainStsError({
    code: 'ValidationError',
    message: TOO_LONG,
    roleArn,
    issuerUrl: claims.iss,
    audience,
  })
  const sentence = `${told.sentence} Its longest session is ${role.maxSessionDurationSeconds} seconds.`
  return { code: told.code, clause: told.clause, sentence, mend: told.mend }
}

/** The unique id of a role: always the same for the same ARN, and telling nothing of it. */
export function roleIdOf(roleArn: string): string {
  return `AROA${base32(createHash('sha256').update(roleArn).digest().subarray(0, 17))}`
}
