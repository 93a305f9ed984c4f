/** Puts the issuer together: claims, signature and record of each token. */
import { discoveryDocument, keySet } from './discovery.ts'
import {
  claimsOf,
  type Issuer,
  LIFETIME_SECONDS,
  type MintedToken,
  type MintPurpose,
  type MintRequest,
  publisherClaims,
  type RegisteredClaims,
} from './issuer.ts'
import type { SigningKeys } from './keys.ts'
import { NO_DEPLOYMENT, type OfDeployment, type RecordMint } from './record.ts'
import { signWith } from './sign.ts'

export interface IssuerParts {
  /** The one value of `iss` and of discovery: no trailing slash, and nothing of it is taken from a request. */
  readonly issuerUrl: string
  readonly keys: SigningKeys
  readonly record: RecordMint
  readonly now: () => Date
  readonly randomUuid: () => string
}

/** No token begins like this: a JWS is letters, digits and dots. */
const PROBE = Buffer.from('(Daypass asks whether this key can sign.)')

export function createIssuer({ issuerUrl, keys, record, now, randomUuid }: IssuerParts): Issuer {
  const { kid } = keys.active
  const sign = signWith(keys.active)
  const discovery = discoveryDocument(issuerUrl)
  const jwks = keySet(keys.published)

  const minting = () => ({ issuerUrl, jti: randomUuid(), at: now() })

  const mint = async (request: MintRequest): Promise<MintedToken> =>
    issue(claimsOf(request, minting()), request.purpose, request)

  const mintForPublication = async (audience: string): Promise<MintedToken> =>
    issue(publisherClaims(audience, minting()), 'publish', NO_DEPLOYMENT)

  async function issue(
    claims: RegisteredClaims,
    purpose: MintPurpose,
    { organizationId, stackId, deploymentId }: OfDeployment,
  ): Promise<MintedToken> {
    // Side by side: the signature is the long part. Neither leaves here without the other.
    const [token] = await Promise.all([
      sign(claims),
      record({
        jti: claims.jti,
        kid,
        organizationId,
        stackId,
        deploymentId,
        subject: claims.sub,
        audience: claims.aud,
        purpose,
        issuedAtSeconds: claims.iat,
        expiresAtSeconds: claims.exp,
      }),
    ])
    return {
      token,
      jti: claims.jti,
      subject: claims.sub,
      audience: claims.aud,
      lifetimeSeconds: LIFETIME_SECONDS[purpose],
      expiresAt: new Date(claims.exp * 1000),
    }
  }

  return {
    mint,
    mintForPublication,
    async proveSigner() {
      if (keys.active.heldBy !== 'database') await keys.active.sign(PROBE)
    },
    jwks: () => jwks,
    discovery: () => discovery,
    isOurKid: (id) => keys.allKids.has(id),
  }
}
