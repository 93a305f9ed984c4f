/** Checks a role's trust policy: what AWS takes of it, whom it means and whom it lets in. */
import { parseProviderArn, providerArnOf } from '../aws/arn.ts'
import { lintAwsTrustPolicy } from '../aws/lint.ts'
import { type AwsTrustStatement, nameOfStatement } from '../aws/policy.ts'
import type { TrustDocument } from '../document.ts'
import { issuerDifference, sayIssuerDifference } from '../issuer-difference.ts'
import { quoted } from '../quote.ts'
import type { TrustFinding } from './finding.ts'
import { partsIn } from './named-deployment.ts'
import { checkSubjects } from './subjects.ts'

type Policy = Extract<TrustDocument, { kind: 'aws-trust-policy' }>

/** Unless the account's quota was raised. */
const LONGEST_POLICY_CHARACTERS = 2048
/** What `reachOf` says better, for it asks who is let in. */
const SAID_BY_REACH = ['subject_wildcard']

/** Undefined when it lets in nobody of this issuer, and was not meant to. */
export function checkAwsPolicy(
  { policy, roleArn, characters }: Policy,
  issuerUrl: string,
): readonly TrustFinding[] | undefined {
  const ours = policy.statements.filter(
    (statement) => statement.effect === 'Allow' && accountIn(statement, issuerUrl) !== undefined,
  )
  const toEverybody = policy.statements.flatMap(everybodyIn)
  if (ours.length === 0) return toEverybody.length === 0 ? undefined : toEverybody
  const lint = lintAwsTrustPolicy({ policy, issuerUrl }).filter(({ code }) => !SAID_BY_REACH.includes(code))
  const everybody = lint.some(({ code }) => code === 'subject_condition_missing')
  const where = roleArn ?? 'The role'
  const subjects = ours.flatMap((statement) => checkStatement(statement, policy, issuerUrl, where))
  return [
    ...toEverybody,
    ...lint.map(({ code, sentence, mend }) => ({ severity: 'warning' as const, code, sentence, mend })),
    ...subjects.filter(({ code }) => !(everybody && code.startsWith('any_'))),
    ...lengthOf(characters),
  ]
}

/** What AWS makes of it for a token is not documented; nobody can have meant it. */
function everybodyIn(statement: AwsTrustStatement): readonly TrustFinding[] {
  const { effect, principals, actions } = statement
  const covers = actions.except || actions.patterns.some((pattern) => WEB_IDENTITY.test(pattern))
  if (effect !== 'Allow' || !covers || !principals.some(({ kind }) => kind === 'everyone')) return []
  const name = nameOfStatement(statement)
  const sentence = `The principal of ${name} is everybody, for tokens too: of any issuer, as far as AWS takes it at its word.`
  const mend = 'Name the OIDC provider: daypass trust generate aws writes the statement.'
  return [{ severity: 'error', code: 'principal_everybody', sentence, mend }]
}

const WEB_IDENTITY = /^sts:(?:\*|assumerole(?:\*|withwebidentity|with\*))$/i

function checkStatement(
  statement: AwsTrustStatement,
  policy: Policy['policy'],
  issuerUrl: string,
  where: string,
): readonly TrustFinding[] {
  const { accountId = '', partition } = accountIn(statement, issuerUrl) ?? {}
  const valuesOf = (claim: string) =>
    statement.conditions
      .filter(({ key, written }) => key.toLowerCase().endsWith(`:${claim}`) && !/Not|Null/.test(written))
      .flatMap(({ values }) => values)
  const subjects = valuesOf('sub')
  return checkSubjects({
    issuerUrl,
    where,
    named: subjects.length === 0 ? [{}] : subjects.map(partsIn),
    audiences: valuesOf('aud').filter((audience) => !/[*?$]/.test(audience)),
    arrangementFor: (audience) => ({
      cloud: 'aws',
      policy,
      provider: { arn: providerArnOf(issuerUrl, accountId, partition), issuerUrl, audiences: [audience] },
    }),
  })
}

/** Of the provider that is ours, or was meant to be. */
function accountIn({ principals }: AwsTrustStatement, issuerUrl: string) {
  const right = parseProviderArn(providerArnOf(issuerUrl, '000000000000'))?.issuer ?? ''
  return principals
    .flatMap(({ text }) => parseProviderArn(text) ?? [])
    .find(({ issuer }) => issuer === right || issuerDifference(issuer, right) !== 'other_issuer')
}

function lengthOf(characters: number): readonly TrustFinding[] {
  if (characters <= LONGEST_POLICY_CHARACTERS) return []
  const sentence = `The policy has ${characters} characters, and AWS takes ${LONGEST_POLICY_CHARACTERS} unless the quota of the account was raised.`
  const mend = 'Split the stacks over several roles, or raise the quota "Role trust policy length".'
  return [{ severity: 'warning', code: 'policy_too_long', sentence, mend }]
}

/** An OIDC provider as registered; undefined when it is another issuer's. */
export function checkAwsProvider(
  written: string,
  audiences: readonly string[],
  issuerUrl: string,
): readonly TrustFinding[] | undefined {
  const difference = written === issuerUrl ? undefined : issuerDifference(written, issuerUrl)
  if (difference === 'other_issuer') return undefined
  const findings: TrustFinding[] = []
  if (difference !== undefined) {
    findings.push({
      severity: 'error',
      code: `provider_url_${difference}`,
      sentence: `The OIDC provider is registered as ${quoted(written)}, which ${sayIssuerDifference(difference, issuerUrl)}; tokens say ${quoted(issuerUrl)}.`,
      mend: `Make one for the very URL: aws iam create-open-id-connect-provider --url ${issuerUrl} --client-id-list <organization>`,
    })
  }
  if (audiences.length === 0) {
    findings.push({
      severity: 'error',
      code: 'audience_not_registered',
      sentence: 'The OIDC provider has no audience, so it takes no token.',
      mend: 'Add the organization: aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn <arn> --client-id <organization>',
    })
  }
  return findings
}
