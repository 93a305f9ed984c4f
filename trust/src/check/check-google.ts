/** Checks a workload identity provider with the service accounts that its pool may act as. */
import {
  type GoogleProvider,
  type GoogleServiceAccount,
  type GoogleTrust,
  poolName,
} from '../google/workload-provider.ts'
import { issuerDifference } from '../issuer-difference.ts'
import type { TrustFinding } from './finding.ts'
import { type NamedParts, partsIn } from './named-deployment.ts'
import { checkSubjects } from './subjects.ts'

/** Undefined when the provider is of another issuer, or the account has no member of its pool. */
export function checkGoogleTrust(trust: GoogleTrust, issuerUrl: string): readonly TrustFinding[] | undefined {
  if (isElsewhere(trust.provider, issuerUrl)) return undefined
  const members = membersOfPool(trust)
  if (members.length === 0) return undefined
  const byCondition = partsInCondition(trust.provider.attributeCondition ?? '')
  return checkSubjects({
    issuerUrl,
    where: trust.serviceAccount.email,
    named: members.map((member) => ({ ...byCondition, ...said(partsInMember(member, trust)) })),
    audiences: trust.provider.allowedAudiences,
    arrangementFor: () => ({ cloud: 'google', trust }),
  })
}

/** A provider by itself lets in nobody: the IAM policies of its pool's members do. */
export function checkGoogleProvider(
  provider: GoogleProvider,
  accounts: readonly GoogleServiceAccount[],
  issuerUrl: string,
): readonly TrustFinding[] | undefined {
  if (isElsewhere(provider, issuerUrl)) return undefined
  if (accounts.some((serviceAccount) => membersOfPool({ provider, serviceAccount }).length > 0)) return []
  return [
    {
      severity: 'notice',
      code: 'service_account_missing',
      sentence: `No IAM policy of a service account with members of the pool ${provider.poolId} is among the files, so whom the provider lets in cannot be said.`,
      mend: 'Add it: gcloud iam service-accounts get-iam-policy <e-mail> --format=json',
    },
  ]
}

function isElsewhere({ issuerUri }: GoogleProvider, issuerUrl: string): boolean {
  return issuerUri !== issuerUrl && issuerDifference(issuerUri, issuerUrl) === 'other_issuer'
}

/** What follows the pool: `subject/…`, `attribute.<name>/…`, `*`. Those of a mistaken project too. */
function membersOfPool({ provider, serviceAccount }: GoogleTrust): readonly string[] {
  const members = serviceAccount.bindings.flatMap(({ members: some }) => some)
  const pool = `/workloadIdentityPools/${provider.poolId}/`
  const [, number = ''] = /projects\/([0-9]+)\//.exec(poolName(provider)) ?? []
  return members.flatMap((member) => {
    const [, project = '', rest] =
      /:\/\/iam\.googleapis\.com\/projects\/([^/]+)\/locations\/global(\/.*)$/.exec(member) ?? []
    const isOurs = rest?.startsWith(pool) && (project === number || !/^[0-9]+$/.test(project))
    return isOurs ? [rest?.slice(pool.length) ?? ''] : []
  })
}

function partsInMember(member: string, { provider }: GoogleTrust): NamedParts {
  const [, attribute = '', value = ''] = /^(subject|group|attribute\.[a-z0-9_]+)\/(.*)$/.exec(member) ?? []
  const mapped = provider.attributeMapping[attribute === 'subject' ? 'google.subject' : attribute]
  const [, claim = ''] = /^assertion\.(\w+)$/.exec(mapped ?? '') ?? []
  const part = CLAIM_PARTS[claim]
  return part ? { [part]: value } : partsIn(value)
}

const CLAIM_PARTS: Readonly<Record<string, keyof NamedParts>> = {
  org: 'organization',
  project: 'project',
  stack: 'stack',
  operation: 'operation',
}

/** The texts that a condition compares with; what it does with them is the engine's to say. */
function partsInCondition(condition: string): NamedParts {
  const compared = [...condition.matchAll(/assertion\.(\w+)\s*==\s*(?:"([^"]*)"|'([^']*)')/g)].flatMap(
    ([, claim = '', one, other]) => {
      const part = CLAIM_PARTS[claim]
      return part ? [[part, one ?? other ?? ''] as const] : []
    },
  )
  const texts = [...condition.matchAll(/"([^"]*)"|'([^']*)'/g)].map(([, one, other]) => one ?? other ?? '')
  return Object.assign({}, ...texts.map((text) => said(partsIn(text))), Object.fromEntries(compared))
}

function said(parts: NamedParts): NamedParts {
  return Object.fromEntries(Object.entries(parts).filter(([, text]) => text !== undefined))
}
