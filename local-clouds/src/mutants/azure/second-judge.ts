/**
 * A second judge of federated credentials, written from Microsoft's documentation and sharing no line with the engine.
 *
 * @see https://learn.microsoft.com/entra/workload-id/workload-identity-federation-considerations
 */
import type { AzureArranged, AzureCredential } from './mutants.ts'

const FORGIVEN_SECONDS = 300

export function secondAzureJudge(
  { tenant, application, credentials, token }: AzureArranged,
  { issuerUrl, now }: { readonly issuerUrl: string; readonly now: Date },
): boolean {
  const { sub, aud, exp = Infinity, nbf = 0 } = token.claims
  const seconds = now.getTime() / 1000
  if (token.spoilt || Number(exp) + FORGIVEN_SECONDS <= seconds) return false
  if (Number(nbf) - FORGIVEN_SECONDS > seconds) return false
  const all = credentials.map((one) => ({ ...one, ...(one['properties'] as AzureCredential | undefined) }))
  const unlike = (texts: readonly (string | undefined)[]) => new Set(texts).size === texts.length
  const isSaved =
    all.length <= 20 &&
    unlike(all.map(({ name }) => name)) &&
    unlike(all.map(({ issuer, subject }) => `${issuer} ${subject}`)) &&
    all.every(
      ({ issuer, subject, audiences, claimsMatchingExpression: flexible }) =>
        !flexible &&
        audiences?.length === 1 &&
        [issuer, subject, ...audiences].every(
          (text) => text !== undefined && /^\S(?:.{0,598}\S)?$/.test(text),
        ),
    )
  const key = JSON.stringify([issuerUrl, sub, aud])
  const isOne = all.some(
    ({ issuer, subject, audiences }) => JSON.stringify([issuer, subject, audiences?.[0]]) === key,
  )
  return tenant && application && isSaved && isOne
}
