/** Asks engine, local Entra and second judge about mutants, each application of the tenant holding one of them. */
import { randomBytes } from 'node:crypto'
import { explainEntraError } from '@daypass/trust/azure/entra-errors.ts'
import { evaluateAzureTrust } from '@daypass/trust/azure/evaluate.ts'
import { explainAzureTrust } from '@daypass/trust/azure/explain.ts'
import { AZURE_EXPLANATIONS } from '@daypass/trust/azure/explanation.ts'
import { readFederatedCredentials } from '@daypass/trust/azure/federated-credential.ts'
import { EXPLANATION_HEADER, readExplanationHeader } from '@daypass/trust/explanation-header.ts'
import { readLocalEntraConfig } from '../../azure/config.ts'
import { startLocalEntra } from '../../azure/local-entra.ts'
import type { TestIssuer } from '../../issuer/issuer-for-tests.ts'
import { writeToken } from '../deployment.ts'
import { type Comparison, judgeMutants, type Mutant, mutantsOf, type Score, type Verdict } from '../mutant.ts'
import { randomOf } from '../random.ts'
import { type AzureArranged, azureMutations, rightAzure } from './mutants.ts'
import { secondAzureJudge } from './second-judge.ts'

const TENANT = '11111111-1111-4111-8111-111111111111'
const NO_TENANT = '33333333-3333-4333-8333-333333333333'
const ALLOWED: Verdict = { allowed: true }
/** Azure refuses the request that would make it. */
const NOT_SAVED: Verdict = { allowed: false, clause: 'malformed' }

export async function compareAzure({ issuer, now, seed, count }: Comparison): Promise<Score> {
  return judgeMutants(mutantsOf(rightAzure(issuer.url), azureMutations(now), randomOf(seed), count), {
    read: (mutants) => readLocalEntraConfig(tenantOf(mutants)),
    notSaved: NOT_SAVED,
    start: (config) => startLocalEntra({ config, now, fetch: globalThis.fetch, randomBytes }),
    askCloud: (url, arranged) => askEntra(url, issuer, arranged),
    askEngine: (mutant) => askEngine(mutant, issuer.url),
    askSecondJudge: (arranged) => secondAzureJudge(arranged, { issuerUrl: issuer.url, now: now() }),
  })
}

function tenantOf(mutants: readonly Mutant<AzureArranged>[]) {
  const applications = mutants
    .filter(({ arranged }) => arranged.application)
    .map(({ arranged: { clientId, credentials } }) => ({ clientId, federatedCredentials: credentials }))
  return { tenants: [{ id: TENANT, applications }] }
}

async function askEntra(url: string, issuer: TestIssuer, arranged: AzureArranged): Promise<Verdict> {
  const { clientId, tenant, token } = arranged
  const tenantId = tenant ? TENANT : NO_TENANT
  const response = await fetch(`${url}/${tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await writeToken(issuer, token),
      scope: 'https://management.azure.com/.default',
    }),
  })
  const body = (await response.json()) as { error: string; error_codes: number[]; error_description: string }
  if (response.ok) return ALLOWED
  const { sub = '', aud = '' } = token.claims as { sub?: string; aud?: string }
  const { code, clause } =
    readExplanationHeader(response.headers.get(EXPLANATION_HEADER), AZURE_EXPLANATIONS) ??
    explainEntraError(
      { error: body.error, codes: body.error_codes, description: body.error_description },
      { clientId, tenantId, claims: { iss: issuer.url, sub, aud } },
    )
  return { allowed: false, code, clause }
}

function askEngine({ arranged, clause }: Mutant<AzureArranged>, issuerUrl: string): Verdict | undefined {
  const { credentials, tenant, application, token } = arranged
  if (!tenant || !application || token.spoilt || clause === 'token') return undefined
  const read = readFederatedCredentials(JSON.stringify(credentials))
  if (!read.ok) return NOT_SAVED
  const { sub, aud } = token.claims as { sub: string; aud: unknown }
  const claims = { iss: issuerUrl, sub, aud: typeof aud === 'string' ? aud : JSON.stringify(aud) }
  const decision = evaluateAzureTrust({ credentials: read.credentials, claims })
  if (decision.allowed) return ALLOWED
  const [first] = explainAzureTrust(decision, claims)
  return { allowed: false, clause: first?.clause, code: first?.code }
}
