/** A refusal of Google in words: loaded when there is one, for the trust engine is large and seldom needed here. */
import type { GoogleExchange, IdTokenAnswer } from '@daypass/contract/job-protocol.ts'
import { EXPLANATION_HEADER, readExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { linesOfExplanation } from '@daypass/trust/explanation-lines.ts'
import { GOOGLE_EXPLANATIONS } from '@daypass/trust/google/explanation.ts'
import { explainGoogleError, type GoogleError } from '@daypass/trust/google/sts-errors.ts'
import type { ExplainedRefusal } from './exchange.ts'

export function explainGoogleRefusal(
  answer: { readonly from: GoogleError['from']; readonly body: Readonly<Record<string, unknown>> },
  headers: Headers,
  asked: { readonly google: GoogleExchange; readonly issuerUrl: string; readonly token: IdTokenAnswer },
): ExplainedRefusal {
  const { google, issuerUrl, token } = asked
  const fromGoogle = explainGoogleError(
    { from: answer.from, ...errorIn(answer.body) },
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
  }
}

/** The token service answers as OAuth does (RFC 6749, section 5.2), IAM as Google's APIs do. */
function errorIn(body: Readonly<Record<string, unknown>>): Pick<GoogleError, 'code' | 'message'> {
  const { error, error_description: description } = body
  if (typeof error === 'object' && error !== null) {
    const { status, message } = error as { status?: unknown; message?: unknown }
    return { code: String(status ?? ''), message: String(message ?? '') }
  }
  return { code: String(error), message: String(description ?? '') }
}
