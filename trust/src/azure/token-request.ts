/**
 * What Entra is asked for an access token, by a token of ours in place of a secret.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential
 */
export interface EntraTokenRequest {
  readonly clientId: string
  readonly token: string
  /** Of the resource: `https://storage.azure.com/.default`. */
  readonly scope: string
}

export function entraTokenForm({ clientId, token, scope }: EntraTokenRequest): URLSearchParams {
  return new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: token,
    scope,
  })
}

/** @param authorityUrl Without a slash at its end. */
export function entraTokenUrl(authorityUrl: string, tenantId: string): string {
  return `${authorityUrl}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`
}

/** The numbers of an `AADSTS…` error: the list of them, or the one that the description begins with. */
export function entraErrorCodes(listed: unknown, description: string): readonly number[] {
  if (Array.isArray(listed)) return listed.filter((code): code is number => Number.isInteger(code))
  const [, code] = /^AADSTS(\d{4,8})\b/.exec(description) ?? []
  return code === undefined ? [] : [Number(code)]
}
