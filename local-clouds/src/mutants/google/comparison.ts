/** Asks engine, local Google and second judge about mutants, each with a provider and a service account of its own. */
import { randomBytes } from 'node:crypto'
import { EXPLANATION_HEADER, readExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { evaluateGoogleTrust, type GoogleTokenClaims } from '@daypass/trust/google/evaluate.ts'
import { explainGoogleTrust } from '@daypass/trust/google/explain.ts'
import { GOOGLE_EXPLANATIONS } from '@daypass/trust/google/explanation.ts'
import { explainGoogleError } from '@daypass/trust/google/sts-errors.ts'
import { readLocalGoogleConfig } from '../../google/config.ts'
import { startLocalGoogle } from '../../google/local-google.ts'
import type { TestIssuer } from '../../issuer/issuer-for-tests.ts'
import { writeToken } from '../deployment.ts'
import { type Comparison, judgeMutants, type Mutant, mutantsOf, type Score, type Verdict } from '../mutant.ts'
import { randomOf } from '../random.ts'
import { type GoogleArranged, googleMutations, rightGoogle } from './mutants.ts'
import { secondGoogleJudge } from './second-judge.ts'

const ALLOWED: Verdict = { allowed: true }
/** Google refuses the request that would make it. */
const NOT_SAVED: Verdict = { allowed: false, clause: 'malformed' }
const CLOUD_PLATFORM = 'https://www.googleapis.com/auth/cloud-platform'

export async function compareGoogle({ issuer, now, seed, count }: Comparison): Promise<Score> {
  return judgeMutants(mutantsOf(rightGoogle(issuer.url), googleMutations(now), randomOf(seed), count), {
    read: (mutants) => readLocalGoogleConfig(cloudOf(mutants)),
    notSaved: NOT_SAVED,
    start: (config) => startLocalGoogle({ config, now, fetch: globalThis.fetch, randomBytes }),
    askCloud: (url, arranged) => askGoogle(url, issuer, arranged),
    askEngine: (mutant) => askEngine(mutant, issuer.url),
    askSecondJudge: (arranged) => secondGoogleJudge(arranged, { issuerUrl: issuer.url, now: now() }),
  })
}

function cloudOf(mutants: readonly Mutant<GoogleArranged>[]) {
  const all = mutants.map(({ arranged }) => arranged)
  return {
    providers: all.filter(({ hasProvider }) => hasProvider).map(({ provider }) => provider),
    serviceAccounts: all
      .filter(({ hasAccount }) => hasAccount)
      .map(({ email, bindings }) => ({ email, policy: { bindings } })),
  }
}

async function askGoogle(url: string, issuer: TestIssuer, arranged: GoogleArranged): Promise<Verdict> {
  const { provider, token, email } = arranged
  const exchanged = await fetch(`${url}/v1/token`, {
    method: 'POST',
    body: new URLSearchParams({
      audience: `//iam.googleapis.com/${provider.name}`,
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      scope: CLOUD_PLATFORM,
      subject_token: await writeToken(issuer, token),
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    }),
  })
  const federated = (await exchanged.json()) as {
    access_token: string
    error: string
    error_description: string
  }
  if (!exchanged.ok) {
    const error = { from: 'sts', code: federated.error, message: federated.error_description } as const
    return refusalIn(exchanged, error, arranged, issuer.url)
  }
  const acted = await fetch(`${url}/v1/projects/-/serviceAccounts/${email}:generateAccessToken`, {
    method: 'POST',
    headers: { authorization: `Bearer ${federated.access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ scope: [CLOUD_PLATFORM] }),
  })
  if (acted.ok) return ALLOWED
  const { error } = (await acted.json()) as { error: { status: string; message: string } }
  return refusalIn(
    acted,
    { from: 'impersonation', code: error.status, message: error.message },
    arranged,
    issuer.url,
  )
}

function refusalIn(
  response: Response,
  error: Parameters<typeof explainGoogleError>[0],
  { projectNumber, email, token }: GoogleArranged,
  iss: string,
): Verdict {
  const { sub = '', aud = '' } = token.claims as { sub?: string; aud?: string }
  const asked = { projectNumber, poolId: 'daypass', providerId: 'issuer', serviceAccount: email }
  const { code, clause } =
    readExplanationHeader(response.headers.get(EXPLANATION_HEADER), GOOGLE_EXPLANATIONS) ??
    explainGoogleError(error, { ...asked, claims: { iss, sub, aud } })
  return { allowed: false, code, clause }
}

function askEngine(mutant: Mutant<GoogleArranged>, issuerUrl: string): Verdict | undefined {
  const { hasProvider, hasAccount, token } = mutant.arranged
  if (!hasProvider || !hasAccount || token.spoilt || mutant.clause === 'token') return undefined
  const read = readLocalGoogleConfig(JSON.parse(JSON.stringify(cloudOf([mutant]))))
  const [provider, serviceAccount] = read.ok ? [read.config.providers[0], read.config.serviceAccounts[0]] : []
  if (!provider || !serviceAccount) return NOT_SAVED
  const claims = { iss: issuerUrl, ...token.claims } as GoogleTokenClaims
  const trust = { provider, serviceAccount }
  const decision = evaluateGoogleTrust(trust, claims)
  if (decision.allowed) return ALLOWED
  const explained = explainGoogleTrust(decision, trust, claims)
  return { allowed: false, clause: explained?.clause, code: explained?.code }
}
