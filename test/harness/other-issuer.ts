/** Issuers of others, whose tokens are taken for logins: real keys over real HTTP, on loopback. */
import { lookup } from 'node:dns/promises'
import { makeCertificate } from '../../local-clouds/src/cloud/certificate.ts'
import { startTestIssuer, type TestIssuer } from '../../local-clouds/src/issuer/issuer-for-tests.ts'
import { documentFetcher, type FetchDocument } from '../../server/src/access/oidc/fetch-document.ts'

export type OtherIssuer = TestIssuer

export function startOtherIssuer(now: () => Date = () => new Date()): Promise<OtherIssuer> {
  return startTestIssuer(now)
}

/** As the server reads what they publish, with private addresses allowed. */
export const fetchFromLoopback: FetchDocument = documentFetcher({
  allowPrivate: true,
  lookup: (name) => lookup(name, { all: true }),
  ownAddresses: () => [],
})

/** For 127.0.0.1, and its own authority. */
export async function certificateOfNobody(): Promise<{ readonly key: string; readonly certificate: string }> {
  const { key, cert } = await makeCertificate()
  return { key, certificate: cert }
}
