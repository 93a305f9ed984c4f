/**
 * Everything that one cloud is asked for one decision, and the decision: the one door for whoever has the documents of
 * any cloud and a token, or the names of a deployment.
 *
 * Owns which documents belong together. The deciding and the wording are each cloud's.
 */
import { parseProviderArn, parseRoleArn, providerArnOf } from './aws/arn.ts'
import type { AwsProvider } from './aws/context.ts'
import { evaluateAwsTrust } from './aws/evaluate.ts'
import { explainAwsTrust } from './aws/explain.ts'
import { type AwsTrustPolicy, nameOfStatement } from './aws/policy.ts'
import { evaluateAzureTrust } from './azure/evaluate.ts'
import { explainAzureTrust } from './azure/explain.ts'
import type { FederatedCredential } from './azure/federated-credential.ts'
import type { TrustDocument } from './document.ts'
import type { Explanation } from './explanation-header.ts'
import { evaluateGoogleTrust, type GoogleTokenClaims } from './google/evaluate.ts'
import { explainGoogleTrust } from './google/explain.ts'
import type { GoogleTrust } from './google/workload-provider.ts'

export type TrustArrangement =
  | { readonly cloud: 'aws'; readonly policy: AwsTrustPolicy; readonly provider: AwsProvider }
  | { readonly cloud: 'azure'; readonly credentials: readonly FederatedCredential[] }
  | { readonly cloud: 'google'; readonly trust: GoogleTrust }

export interface ArrangementRefusal {
  readonly code: 'documents_do_not_fit' | 'document_missing' | 'account_unknown'
  readonly sentence: string
}

export type TrustArrangementResult =
  | { readonly ok: true; readonly arrangement: TrustArrangement }
  | { readonly ok: false; readonly refusal: ArrangementRefusal }

export interface TrustJudgement {
  readonly allowed: boolean
  /** The statement, credential or member that let it in. */
  readonly by: string | undefined
  /** Why not, the nearest miss first. */
  readonly explanations: readonly Explanation[]
}

/** What the documents do not say themselves. */
export interface ArrangementContext {
  readonly issuerUrl: string
  readonly audience: string
  /** AWS account of the role; otherwise that of the role or of the provider that the policy names. */
  readonly accountId?: string | undefined
  readonly partition?: string | undefined
}

export function arrangeTrust(
  documents: readonly TrustDocument[],
  context: ArrangementContext,
): TrustArrangementResult {
  const kinds = documents.map(({ kind }) => kind)
  if (new Set(kinds).size !== kinds.length) {
    return refused('documents_do_not_fit', 'Two files of the same kind: give those of one role at a time.')
  }
  const of = <Kind extends TrustDocument['kind']>(kind: Kind) =>
    documents.find((document): document is Extract<TrustDocument, { kind: Kind }> => document.kind === kind)
  const [policy, provider] = [of('aws-trust-policy'), of('aws-provider')]
  const credentials = of('azure-credentials')
  const [googleProvider, account, both] = [
    of('google-provider'),
    of('google-service-account'),
    of('google-trust'),
  ]
  const clouds = new Set(kinds.map((kind) => kind.split('-')[0]))
  if (clouds.size > 1 || (both && kinds.length > 1)) {
    return refused('documents_do_not_fit', 'These files are about different things: give those of one cloud.')
  }
  if (policy) return arrangeAws(policy, provider, context)
  if (credentials) {
    return { ok: true, arrangement: { cloud: 'azure', credentials: credentials.credentials } }
  }
  if (both) return { ok: true, arrangement: { cloud: 'google', trust: both.trust } }
  if (googleProvider && account) {
    const trust = { provider: googleProvider.provider, serviceAccount: account.serviceAccount }
    return { ok: true, arrangement: { cloud: 'google', trust } }
  }
  return refused('document_missing', MISSING[kinds[0] ?? 'none'])
}

const MISSING: Readonly<Record<TrustDocument['kind'] | 'none', string>> = {
  none: 'No policy was given.',
  'aws-trust-policy': 'The trust policy is needed.',
  'aws-provider': 'Give the trust policy of the role too: aws iam get-role --role-name <name>',
  'azure-credentials': 'The credentials are needed.',
  'google-provider':
    'Give the IAM policy of the service account too: gcloud iam service-accounts get-iam-policy <e-mail> --format=json',
  'google-service-account':
    'Give the provider too: gcloud iam workload-identity-pools providers describe <provider> --workload-identity-pool=<pool> --location=global --format=json',
  'google-trust': 'The provider and the service account are needed.',
}

function arrangeAws(
  { policy, roleArn }: Extract<TrustDocument, { kind: 'aws-trust-policy' }>,
  registered: Extract<TrustDocument, { kind: 'aws-provider' }> | undefined,
  { issuerUrl, audience, accountId, partition }: ArrangementContext,
): TrustArrangementResult {
  const known = (roleArn === undefined ? undefined : parseRoleArn(roleArn)) ?? firstProviderOf(policy)
  const account = accountId ?? known?.accountId
  if (account === undefined) {
    return refused('account_unknown', 'The policy names no OIDC provider: say the account of the role.')
  }
  const url = registered?.issuerUrl ?? issuerUrl
  const provider = {
    arn: providerArnOf(url, account, partition ?? known?.partition),
    issuerUrl: url,
    audiences: registered?.audiences ?? [audience],
  }
  return { ok: true, arrangement: { cloud: 'aws', policy, provider } }
}

function firstProviderOf(policy: AwsTrustPolicy) {
  const [first] = policy.statements.flatMap(({ principals }) =>
    principals.flatMap(({ text }) => parseProviderArn(text) ?? []),
  )
  return first
}

/**
 * @param claims All that the token has, or `deploymentClaims` of one that has not run yet.
 * @param requestKeys What AWS would see of the request beside the token, as far as it is known.
 */
export function judgeTrust(
  arrangement: TrustArrangement,
  claims: GoogleTokenClaims,
  requestKeys: Readonly<Record<string, string>> = {},
): TrustJudgement {
  switch (arrangement.cloud) {
    case 'aws': {
      const { policy, provider } = arrangement
      const decision = evaluateAwsTrust({ policy, provider, claims, requestKeys })
      return decision.allowed
        ? allowedBy(nameOfStatement({ sid: decision.sid, index: decision.statementIndex }))
        : refusedWith(explainAwsTrust(decision, provider, claims))
    }
    case 'azure': {
      const { iss, sub, aud } = claims
      // Entra takes one audience; a list is as good as none of ours.
      const token = { iss, sub, aud: typeof aud === 'string' ? aud : JSON.stringify(aud) }
      const decision = evaluateAzureTrust({ credentials: arrangement.credentials, claims: token })
      return decision.allowed
        ? allowedBy(`credential "${decision.credential}"`)
        : refusedWith(explainAzureTrust(decision, token))
    }
    case 'google': {
      const { trust } = arrangement
      const decision = evaluateGoogleTrust(trust, claims)
      if (decision.allowed) return allowedBy(decision.member)
      const explanation = explainGoogleTrust(decision, trust, claims)
      return refusedWith(explanation ? [explanation] : [])
    }
  }
}

function allowedBy(by: string): TrustJudgement {
  return { allowed: true, by, explanations: [] }
}

function refusedWith(explanations: readonly Explanation[]): TrustJudgement {
  return { allowed: false, by: undefined, explanations }
}

function refused(code: ArrangementRefusal['code'], sentence: string): TrustArrangementResult {
  return { ok: false, refusal: { code, sentence } }
}
