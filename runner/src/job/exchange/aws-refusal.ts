/**
 * A refusal of AWS STS in words: loaded when there is one, for the trust engine is large and seldom needed here.
 */
import type { IdTokenAnswer } from '@daypass/contract/job-protocol.ts'
import { explainAwsRefusal } from '@daypass/trust/aws/explain.ts'
import { AWS_EXPLANATIONS } from '@daypass/trust/aws/explanation.ts'
import { explainRefusedLink } from '@daypass/trust/aws/role-chain.ts'
import type { StsError } from '@daypass/trust/aws/sts-answer.ts'
import { EXPLANATION_HEADER, readExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { linesOfExplanation } from '@daypass/trust/explanation-lines.ts'
import type { ExplainedRefusal } from './exchange.ts'

export function explainRefusal(
  error: StsError,
  headers: Headers,
  asked: { readonly roleArn: string; readonly issuerUrl: string; readonly token: IdTokenAnswer },
): ExplainedRefusal {
  const explanation = explainAwsRefusal({
    roleArn: asked.roleArn,
    claims: { iss: asked.issuerUrl, sub: asked.token.subject, aud: asked.token.audience },
    error: { ...error, explanationHeader: headers.get(EXPLANATION_HEADER) },
  })
  return {
    message: `${explanation.sentence} ${explanation.mend}`,
    lines: linesOfExplanation(explanation),
    retryable: explanation.retryable,
    isAboutTime: explanation.code === 'token_expired' || explanation.code === 'token_not_valid_yet',
  }
}

/** Of a role of the chain that another role assumes. */
export function explainLink(
  link: Parameters<typeof explainRefusedLink>[0],
  error: StsError,
  headers: Headers,
): ReturnType<typeof explainRefusedLink> {
  const told = readExplanationHeader(headers.get(EXPLANATION_HEADER), AWS_EXPLANATIONS)
  return explainRefusedLink(link, error, told)
}
