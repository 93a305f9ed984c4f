/** The form of the `oidc` block. What must be there once it is merged is `check-settings`. */
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import { parseAwsSessionDuration, parseGoDuration } from '@daypass/trust/aws/duration.ts'
import { checkSessionNameTemplate } from '@daypass/trust/aws/session-name.ts'
import { type Fields, object, type ReadField, text, texts } from './fields.ts'

const MOST_SESSION_POLICIES = 10
const POLICY_ARN = /^arn:aws[a-z-]*:iam::(?:[0-9]{12}|aws):policy\/[!-~]{1,512}$/

/** A zero duration is how Go writes one that nobody set. */
function goDuration(problem: (duration: string) => string | undefined): ReadField {
  return (value, path, blank) => {
    const duration = text({ longest: 64 })(value, path, blank)
    if (typeof duration !== 'string') return duration
    const parsed = parseGoDuration(duration)
    if (parsed.ok && parsed.seconds === 0) return blank
    return text({ longest: 64, problem })(value, path, blank)
  }
}

function awsDurationProblem(duration: string): string | undefined {
  const parsed = parseAwsSessionDuration(duration)
  return parsed.ok ? undefined : `is refused: ${parsed.refusal.sentence}`
}

/** What Google's libraries and its IAM take together: 10 minutes to 12 hours. */
const SHORTEST_GOOGLE_TOKEN_SECONDS = 600
const LONGEST_GOOGLE_TOKEN_SECONDS = 43_200

function googleLifetimeProblem(duration: string): string | undefined {
  const parsed = parseGoDuration(duration)
  if (!parsed.ok) return `is refused: ${parsed.refusal.sentence}`
  return parsed.seconds < SHORTEST_GOOGLE_TOKEN_SECONDS || parsed.seconds > LONGEST_GOOGLE_TOKEN_SECONDS
    ? 'must be from 10m0s to 12h0m0s: Google gives no other access tokens of a service account.'
    : undefined
}

/** Parts of the name that Google is asked with; anything else would be another name. */
function nameProblem(name: string): string | undefined {
  return /^[A-Za-z0-9_.:@-]+$/.test(name)
    ? undefined
    : 'must have no spaces, slashes or other special characters.'
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
    duration: goDuration(awsDurationProblem),
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
    clientId: text({ longest: 255, problem: nameProblem }),
    tenantId: text({ longest: 255, problem: nameProblem }),
    subscriptionId: text({ longest: 255, problem: nameProblem }),
  }),
  gcp: object({
    projectId: text({ longest: 255, problem: nameProblem }),
    region: text({ longest: 255, problem: nameProblem }),
    workloadPoolId: text({ longest: 255, problem: nameProblem }),
    providerId: text({ longest: 255, problem: nameProblem }),
    serviceAccount: text({ longest: 255, problem: nameProblem }),
    tokenLifetime: goDuration(googleLifetimeProblem),
  }),
}
