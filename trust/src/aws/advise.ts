/**
 * What to check when AWS says only "Not authorized to perform sts:AssumeRoleWithWebIdentity" and nobody here may
 * read the role's trust policy: the exact names that must stand there, and a policy that is right.
 */

import { quoted } from '../quote.ts'
import { isSubject } from '../subject.ts'
import { issuerKeyOf, parseRoleArn, providerArnOf } from './arn.ts'
import type { AwsProvider } from './context.ts'
import type { AwsExplanation } from './explanation.ts'
import { generateAwsTrustPolicy } from './generate.ts'

export interface AwsAdvice extends AwsExplanation {
  readonly checks: readonly string[]
  readonly trustPolicy: string | undefined
  /** The provider that must stand in the role's account; undefined when the role's ARN is malformed. */
  readonly provider: AwsProvider | undefined
}

export interface AwsAdviceInput {
  /** The token's `iss`. */
  readonly issuerUrl: string
  /** The token's `sub`. */
  readonly subject: string
  /** The token's `aud`. */
  readonly audience: string
  readonly roleArn: string
}

export function adviseWithoutPolicy({ issuerUrl, subject, audience, roleArn }: AwsAdviceInput): AwsAdvice {
  const role = parseRoleArn(roleArn)
  if (!role) {
    return {
      code: 'role_arn_malformed',
      clause: 'role',
      sentence: `${quoted(roleArn)} is not the ARN of a role.`,
      mend: 'Write it as arn:aws:iam::<12-digit account>:role/<name> in the settings of the stack.',
      checks: [],
      trustPolicy: undefined,
      provider: undefined,
    }
  }
  const issuer = issuerKeyOf(issuerUrl)
  const providerArn = providerArnOf(issuerUrl, role.accountId, role.partition)
  const generated = isSubject(subject)
    ? generateAwsTrustPolicy({ issuerUrl, ...role, audience, subjects: [subject] })
    : undefined
  return {
    code: 'not_authorized',
    clause: 'policy',
    sentence: `AWS did not let ${quoted(subject)} assume ${roleArn}, and does not say why.`,
    mend: 'Check these in the account of the role; the trust policy below lets in this very subject and no other.',
    checks: [
      `The role ${roleArn} exists: aws iam get-role --role-name ${role.name}`,
      `The OIDC provider ${providerArn} exists in account ${role.accountId}: aws iam get-open-id-connect-provider --open-id-connect-provider-arn ${providerArn}`,
      `Its audiences ("ClientIDList") have ${quoted(audience)}, in this case.`,
      `The trust policy allows "sts:AssumeRoleWithWebIdentity" (not "sts:AssumeRole") to "Federated": ${quoted(providerArn)}, without https:// and without a slash at its end.`,
      `Its condition on "${issuer}:aud" says ${quoted(audience)}.`,
      `Its condition on "${issuer}:sub" says ${quoted(subject)}; with * or ? in it, the operator is StringLike.`,
      'Where the stack has session tags (daypass identity show), the trust policy allows "sts:TagSession" too.',
      'No Deny of the trust policy or of a resource control policy of the AWS organization applies.',
      ...issuerProblems(issuerUrl),
    ],
    trustPolicy: generated?.ok ? generated.json : undefined,
    provider: { arn: providerArn, issuerUrl, audiences: [audience] },
  }
}

/** Why AWS itself cannot trust an issuer of this URL, whatever the policy says; empty when it can. */
export function issuerProblems(issuerUrl: string): readonly string[] {
  const url = URL.canParse(issuerUrl) ? new URL(issuerUrl) : undefined
  if (!url) return [`The issuer ${quoted(issuerUrl)} is no URL.`]
  const problems: string[] = []
  if (url.protocol !== 'https:') problems.push('AWS takes https issuers only, and this one has http.')
  if (/^[^/]*:\/\/[^/]*:[0-9]+/.test(issuerUrl)) problems.push('AWS takes no port in the URL of an issuer.')
  if (issuerUrl.endsWith('/'))
    problems.push('The issuer ends with a slash, which is easily lost between token and provider.')
  if (url.search !== '' || url.hash !== '') problems.push('AWS takes no query in the URL of an issuer.')
  if (/^(?:localhost|127(?:\.[0-9]+){3}|\[::1\])$/.test(url.hostname)) {
    problems.push('AWS must reach the issuer over the internet, and this one is on loopback.')
  }
  return problems
}
