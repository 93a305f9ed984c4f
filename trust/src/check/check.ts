/**
 * Checks documents about trust before anybody is refused by them, or let in: what the cloud would not save, whom they
 * mean and keep out, whom they let in beside, and the limits that they are near.
 *
 * Owns which documents are checked together, and that one about another issuer is none of ours.
 */
import type { TrustDocument, TrustDocumentResult } from '../document.ts'
import type { GoogleTrust } from '../google/workload-provider.ts'
import { checkAwsPolicy, checkAwsProvider } from './check-aws.ts'
import { checkAzureCredentials } from './check-azure.ts'
import { checkGoogleProvider, checkGoogleTrust } from './check-google.ts'
import { inOrder, type TrustFinding } from './finding.ts'

export interface NamedDocument {
  readonly name: string
  readonly read: TrustDocumentResult
}

export interface CheckedDocument {
  readonly name: string
  /** `nothing`: no document about trust. `elsewhere`: one that lets in nobody of this issuer, nor was meant to. */
  readonly about: TrustDocument['kind'] | 'malformed' | 'elsewhere' | 'nothing'
  readonly findings: readonly TrustFinding[]
}

export function checkDocuments(
  documents: readonly NamedDocument[],
  issuerUrl: string,
): readonly CheckedDocument[] {
  const read = documents.flatMap(({ read: one }) => (one.ok ? [one.document] : []))
  return documents.map(({ name, read: one }) => {
    if (!one.ok) return { name, ...malformed(one) }
    const findings = findingsOf(one.document, read, issuerUrl)
    return findings === undefined
      ? { name, about: 'elsewhere', findings: [] }
      : { name, about: one.document.kind, findings: inOrder(findings) }
  })
}

function malformed({ recognized, refusal }: Extract<TrustDocumentResult, { ok: false }>) {
  if (!recognized) return { about: 'nothing', findings: [] } as const
  const finding: TrustFinding = {
    severity: 'error',
    code: 'malformed',
    sentence: `At ${refusal.path}: ${refusal.sentence}`,
    mend: 'The cloud would not save it so; correct this place.',
  }
  return { about: 'malformed', findings: [finding] } as const
}

function findingsOf(
  document: TrustDocument,
  all: readonly TrustDocument[],
  issuerUrl: string,
): readonly TrustFinding[] | undefined {
  switch (document.kind) {
    case 'aws-trust-policy':
      return checkAwsPolicy(document, issuerUrl)
    case 'azure-credentials':
      return checkAzureCredentials(document.credentials, issuerUrl)
    case 'google-trust':
      return checkGoogleTrust(document.trust, issuerUrl)
    case 'google-service-account':
      return together(
        all.flatMap((other) =>
          other.kind === 'google-provider'
            ? [{ provider: other.provider, serviceAccount: document.serviceAccount }]
            : [],
        ),
        issuerUrl,
      )
    case 'google-provider':
      return checkGoogleProvider(
        document.provider,
        all.flatMap((other) => (other.kind === 'google-service-account' ? [other.serviceAccount] : [])),
        issuerUrl,
      )
    case 'aws-provider':
      return checkAwsProvider(document.issuerUrl, document.audiences, issuerUrl)
  }
}

/** An IAM policy means something with the provider of its pool only. */
function together(trusts: readonly GoogleTrust[], issuerUrl: string): readonly TrustFinding[] | undefined {
  const checked = trusts.flatMap((trust) => {
    const findings = checkGoogleTrust(trust, issuerUrl)
    return findings ? [findings] : []
  })
  return checked.length === 0 ? undefined : checked.flat()
}
