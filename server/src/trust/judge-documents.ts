/** Judges documents that somebody shows. Their expressions may be anybody's, so it runs in `judge-worker` only. */
import type { ExplainedTrust, ExplainTrustRequest } from '@daypass/contract/trust.ts'
import { arrangeTrust, judgeTrust } from '@daypass/trust/arrangement.ts'
import { checkDocuments } from '@daypass/trust/check/check.ts'
import { deploymentClaims } from '@daypass/trust/deployment-claims.ts'
import { readTrustDocument } from '@daypass/trust/document.ts'
import { OPERATIONS, type SubjectStack } from '@daypass/trust/subject.ts'

export interface TrustQuestion extends ExplainTrustRequest {
  readonly issuerUrl: string
  /** With the form of its subjects. */
  readonly stack: SubjectStack
  /** That its tokens bring to AWS. */
  readonly sessionTags: readonly string[]
  /** As whom the operations act, where it is one account: the documents may not say it. */
  readonly account: { readonly accountId: string; readonly partition: string } | undefined
  readonly serviceAccount: string | undefined
}

export type TrustAnswer =
  | { readonly ok: true; readonly explained: ExplainedTrust }
  | { readonly ok: false; readonly reason: string; readonly message: string }

export function judgeDocuments(question: TrustQuestion): TrustAnswer {
  const {
    stack,
    issuerUrl,
    account,
    serviceAccount,
    operations = OPERATIONS,
    audience = stack.organization,
  } = question
  const read = question.documents.map((one) => readTrustDocument(one, serviceAccount))
  const malformed = read.findIndex((one) => !one.ok)
  const first = read[malformed]
  if (first && !first.ok) {
    const { path, sentence } = first.refusal
    return {
      ok: false,
      reason: 'document_malformed',
      message: `documents[${malformed}], at ${path}: ${sentence}`,
    }
  }
  const documents = read.flatMap((one) => (one.ok ? [one.document] : []))
  const arranged = arrangeTrust(documents, { issuerUrl, audience, ...account })
  if (!arranged.ok) {
    return { ok: false, reason: arranged.refusal.code, message: arranged.refusal.sentence }
  }
  const judged = operations.map((operation) => {
    const { claims: ofTheRun, sessionTags } = question
    const claims = deploymentClaims({ ...stack, operation, issuerUrl, audience, ofTheRun, sessionTags })
    const { allowed, by, explanations } = judgeTrust(arranged.arrangement, claims)
    const told = explanations.map(({ code, clause, sentence, mend }) => ({ code, clause, sentence, mend }))
    return { operation, subject: claims.sub, allowed, ...(by !== undefined && { by }), explanations: told }
  })
  const checked = checkDocuments(
    read.map((one, index) => ({ name: String(index), read: one })),
    issuerUrl,
  )
  return {
    ok: true,
    explained: {
      cloud: arranged.arrangement.cloud,
      issuer: issuerUrl,
      audience,
      allowed: judged.every(({ allowed }) => allowed),
      operations: judged,
      findings: checked.flatMap(({ findings }) => [...findings]),
    },
  }
}
