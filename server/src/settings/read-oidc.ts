/** The form of the `oidc` block. What must be there once it is merged is `check-settings`. */
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import { parseAwsSessionDuration, parseGoDuration } from '@daypass/trust/aws/duration.ts'
import { checkSessionNameTemplate } from '@daypass/trust/aws/session-name.ts'
import { type Fields, object, type ReadField, text, texts } from './fields.ts'

const MOST_SESSION_POLICIES = 10
const POLICY_ARN = /^arn:aws[a-z-]*:iam::(?:[0-9]{12}|aws):policy\/[!-~]{1,512}$/

/** A zero duration is how Go writes one that nobody set. */
const awsDuration: ReadField = (value, path, blank) => {
  const duration = text({ longest: 64 })(value, path, blank)
  if (typeof duration !== 'string') return duration
  const parsed = parseGoDuration(duration)
  if (parsed.ok && parsed.seconds === 0) return blank
  return text({ longest: 64, problem: awsDurationProblem })(value, path, blank)
}

function awsDurationProblem(duration: string): string | undefined {
  const parsed = parseAwsSessionDuration(duration)
  return parsed.ok ? undefined : `is refused: ${parsed.refusal.sentence}`
}

function durationProblem(duration: string): string | undefined {
  const parsed = parseGoDuration(duration)
  return parsed.ok ? undefined : `is refused: ${parsed.refusal.sentence}`
}

function sessionNameProblem(template: string): string | undefined {
  const refusal = checkSessionNameTemplate(template)
  return refusal === undefined ? undefined : `is refused: ${refusal.sentence}`
}

export const oidcFields: Fields = {
  aws: object({
    roleArn: text({
      longest: 2048,
      problem: (arn) =>
        parseRoleArn(arn) === undefined
          ? 'must be the ARN of an IAM role, such as arn:aws:iam::123456789012:role/deploy.'
          : undefined,
    }),
    sessionName: text({ longest: 500, problem: sessionNameProblem }),
    duration: awsDuration,
    policyArns: texts({
      longest: 2048,
      most: MOST_SESSION_POLICIES,
      problem: (arn) =>
        POLICY_ARN.test(arn)
          ? undefined
          : 'must be the ARN of an IAM policy, such as arn:aws:iam::aws:policy/ReadOnlyAccess.',
    }),
  }),
  azure: object({
    clientId: text({ longest: 255 }),
    tenantId: text({ longest: 255 }),
    subscriptionId: text({ longest: 255 }),
  }),
  gcp: object({
    projectId: text({ longest: 255 }),
    region: text({ longest: 255 }),
    workloadPoolId: text({ longest: 255 }),
    providerId: text({ longest: 255 }),
    serviceAccount: text({ longest: 255 }),
    tokenLifetime: text({ longest: 64, problem: durationProblem }),
  }),
}
