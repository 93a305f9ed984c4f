/** A refusal of Google in words: loaded when there is one, for the trust engine is large and seldom needed here. */
import type { GoogleExchange, IdTokenAnswer } from '@daypass/contract/job-protocol.ts'
import { EXPLANATION_HEADER, readExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { linesOfExplanation } from '@daypass/trust/explanation-lines.ts'
import { GOOGLE_EXPLANATIONS } from '@daypass/trust/google/explanation.ts'
import { explainGoogleError, type GoogleError } from '@daypass/trust/google/sts-errors.ts'
import { googleErrorIn } from '@daypass/trust/google/token-request.ts'
import type { ExplainedRefusal } from './exchange.ts'

export function explainGoogleRefusal(
  answer: { readonly from: GoogleError['from']; readonly body: Readonly<Record<string, unknown>> },
  headers: Headers,
  asked: { readonly google: GoogleExchange; readonly issuerUrl: string; readonly token: IdTokenAnswer },
): ExplainedRefusal {
  const { google, issuerUrl, token } = asked
  const fromGoogle = explainGoogleError(
    { from: answer.from, ...googleErrorIn(answer.body) },
    {
      projectNumber: google.projectNumber,
      poolId: google.workloadPoolId,
      providerId: google.providerId,
      serviceAccount: google.serviceAccount,
      claims: { iss: issuerUrl, sub: token.subject, aud: token.audience },
    },
  )
  const fromLocalCloud = readExplanationHeader(headers.get(EXPLANATION_HEADER), GOOGLE_EXPLANATIONS)
  const explanation = fromLocalCloud ? { ...fromLocalCloud, retryable: false } : fromGoogle
  return {
    message: `${explanation.sentence} ${explanation.mend}`,
    lines: linesOfExplanation(explanation),
    retryable: explanation.retryable,
    isAboutTime: explanation.code === 'token_expired',
  }
}
