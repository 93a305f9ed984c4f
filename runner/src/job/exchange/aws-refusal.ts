/**
 * A refusal of AWS STS in words: loaded when there is one, for the trust engine is large and seldom needed here.
 */
import type { IdTokenAnswer } from '@daypass/contract/job-protocol.ts'
import { explainAwsRefusal } from '@daypass/trust/aws/explain.ts'
import type { StsError } from '@daypass/trust/aws/sts-answer.ts'
import { EXPLANATION_HEADER } from '@daypass/trust/explanation-header.ts'
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
