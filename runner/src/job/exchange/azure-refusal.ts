/** A refusal of Entra in words: loaded when there is one, for the trust engine is large and seldom needed here. */
import type { AzureExchange, IdTokenAnswer } from '@daypass/contract/job-protocol.ts'
import { explainEntraError } from '@daypass/trust/azure/entra-errors.ts'
import { AZURE_EXPLANATIONS } from '@daypass/trust/azure/explanation.ts'
import { entraErrorCodes } from '@daypass/trust/azure/token-request.ts'
import { EXPLANATION_HEADER, readExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { linesOfExplanation } from '@daypass/trust/explanation-lines.ts'
import type { ExplainedRefusal } from './exchange.ts'

export function explainAzureRefusal(
  body: Readonly<Record<string, unknown>>,
  headers: Headers,
  asked: { readonly azure: AzureExchange; readonly issuerUrl: string; readonly token: IdTokenAnswer },
): ExplainedRefusal {
  const description = String(body['error_description'] ?? '')
  const fromEntra = explainEntraError(
    { error: String(body['error']), codes: entraErrorCodes(body['error_codes'], description), description },
    {
      clientId: asked.azure.clientId,
      tenantId: asked.azure.tenantId,
      claims: { iss: asked.issuerUrl, sub: asked.token.subject, aud: asked.token.audience },
    },
  )
  const fromLocalCloud = readExplanationHeader(headers.get(EXPLANATION_HEADER), AZURE_EXPLANATIONS)
  const explanation = fromLocalCloud ? { ...fromLocalCloud, retryable: false } : fromEntra
  return {
    message: `${explanation.sentence} ${explanation.mend}`,
    lines: linesOfExplanation(explanation),
    retryable: explanation.retryable,
    isAboutTime: explanation.code === 'token_expired',
  }
}
