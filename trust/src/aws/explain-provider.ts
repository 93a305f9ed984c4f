/** Explains why the provider, its audiences or a statement's principal does not fit a token. */

import { issuerDifference, sayIssuerDifference } from '../issuer-difference.ts'
import { quoted, quotedList } from '../quote.ts'
import { issuerKeyOf, parseProviderArn } from './arn.ts'
import { type AwsProvider, type AwsTokenClaims, audiencesOf } from './context.ts'
import type { AwsTrustRefusal } from './evaluate.ts'
import type { AwsExplanation } from './explanation.ts'
import { nameOfStatement } from './policy.ts'

export function explainProvider(
  refusal: Extract<AwsTrustRefusal, { clause: 'provider' }>,
  provider: AwsProvider,
  claims: AwsTokenClaims,
): AwsExplanation {
  if (refusal.about === 'audience') return explainRegisteredAudience(provider, claims)
  const written =
    refusal.about === 'arn' ? (parseProviderArn(provider.arn)?.issuer ?? provider.arn) : provider.issuerUrl
  const right = refusal.about === 'arn' ? issuerKeyOf(provider.issuerUrl) : claims.iss
  const difference = issuerDifference(written, right)
  return {
    code: `provider_url_${difference}`,
    clause: 'provider',
    sentence: `The OIDC provider is registered as ${quoted(written)}, which ${sayIssuerDifference(difference, right)}; the token says ${quoted(claims.iss)}.`,
    mend: `Register the provider with the URL ${quoted(claims.iss)}, to the letter.`,
  }
}

function explainRegisteredAudience(provider: AwsProvider, claims: AwsTokenClaims): AwsExplanation {
  const audience = claims.azp ?? audiencesOf(claims)[0] ?? ''
  const near = provider.audiences.find((known) => known.toLowerCase() === audience.toLowerCase())
  const mend = `Run: aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${provider.arn} --client-id ${audience}`
  if (near !== undefined) {
    return {
      code: 'audience_case_provider',
      clause: 'provider',
      sentence: `The OIDC provider has the audience ${quoted(near)}, but the token's is ${quoted(audience)}: AWS compares case too.`,
      mend,
    }
  }
  const known = provider.audiences.length === 0 ? 'no audience' : `only ${quotedList(provider.audiences)}`
  return {
    code: 'audience_not_registered',
    clause: 'provider',
    sentence: `The OIDC provider ${provider.arn} has ${known}, not the token's audience ${quoted(audience)}.`,
    mend,
  }
}

export function explainPrincipal(
  refusal: Extract<AwsTrustRefusal, { clause: 'principal' }>,
  provider: AwsProvider,
): AwsExplanation {
  const where = nameOfStatement({ sid: refusal.sid, index: refusal.statementIndex })
  const mend = `In ${where} write "Principal": {"Federated": ${quoted(provider.arn)}}.`
  const ours = parseProviderArn(provider.arn)
  const others = refusal.expected.flatMap((text) => parseProviderArn(text) ?? [])
  const near =
    others.find(({ issuer }) => ours && issuerDifference(issuer, ours.issuer) !== 'other_issuer') ?? others[0]
  if (!near || !ours) {
    return {
      code: 'principal_not_federated',
      clause: 'principal',
      sentence: `The principal of ${where} is ${quotedList(refusal.expected)}, which is never a deployment's token; AWS asks for the OIDC provider by its ARN.`,
      mend,
    }
  }
  const said = `The principal of ${where} is ${quoted(near.arn)}`
  if (near.issuer !== ours.issuer) {
    const difference = issuerDifference(near.issuer, ours.issuer)
    const how = sayIssuerDifference(difference, ours.issuer)
    return {
      code: `provider_arn_${difference}`,
      clause: 'principal',
      sentence: `${said}, whose issuer ${how}.`,
      mend,
    }
  }
  if (near.accountId !== ours.accountId) {
    return {
      code: 'provider_other_account',
      clause: 'principal',
      sentence: `${said}: that is account ${near.accountId}, but the role stands in ${ours.accountId}. AWS takes a provider of the role's own account only.`,
      mend: `Create the provider in account ${ours.accountId} too, and: ${mend}`,
    }
  }
  return {
    code: 'provider_other_partition',
    clause: 'principal',
    sentence: `${said}: that is partition ${near.partition}, but the role stands in ${ours.partition}.`,
    mend,
  }
}
