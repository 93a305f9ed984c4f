/** Asks engine, local AWS and second judge about mutants, each role of the local AWS holding one of them. */
import { randomBytes } from 'node:crypto'
import { providerArnOf } from '@daypass/trust/aws/arn.ts'
import { evaluateAwsTrust } from '@daypass/trust/aws/evaluate.ts'
import { explainAwsRefusal, explainAwsTrust } from '@daypass/trust/aws/explain.ts'
import { parseAwsTrustPolicy } from '@daypass/trust/aws/parse.ts'
import { EXPLANATION_HEADER } from '@daypass/trust/explanation-header.ts'
import { readLocalAwsConfig } from '../../aws/config.ts'
import { startLocalAws } from '../../aws/local-aws.ts'
import type { TestIssuer } from '../../issuer/issuer-for-tests.ts'
import { writeToken } from '../deployment.ts'
import { type Comparison, judgeMutants, type Mutant, mutantsOf, type Score, type Verdict } from '../mutant.ts'
import { randomOf } from '../random.ts'
import { type AwsArranged, rightAws } from './arranged.ts'
import { awsMutations } from './mutants.ts'
import { secondAwsJudge } from './second-judge.ts'

const SESSION = 'daypass-1'
const ALLOWED: Verdict = { allowed: true }

export async function compareAws({ issuer, now, seed, count }: Comparison): Promise<Score> {
  return judgeMutants(mutantsOf(rightAws(issuer.url), awsMutations(now), randomOf(seed), count), {
    read: (mutants) => readLocalAwsConfig({ accounts: mutants.map(accountOf) }),
    notSaved: NOT_SAVED,
    start: (config) => startLocalAws({ config, now, fetch: globalThis.fetch, randomBytes }),
    askCloud: (url, arranged) => askAws(url, issuer, arranged),
    askEngine: (mutant) => askEngine(mutant, issuer.url, now()),
    askSecondJudge: (arranged) =>
      secondAwsJudge(arranged, { issuerUrl: issuer.url, now: now(), sessionName: SESSION }),
  })
}

/** AWS answers MalformedPolicyDocument, and there is no role to assume. */
const NOT_SAVED: Verdict = { allowed: false, clause: 'policy' }

const roleArnOf = (accountId: string) => `arn:aws:iam::${accountId}:role/deploy`

function accountOf({ arranged }: Mutant<AwsArranged>) {
  const { accountId, provider, policy, role } = arranged
  return {
    id: accountId,
    oidcProviders: provider ? [provider] : [],
    roles: role ? [{ arn: roleArnOf(accountId), trustPolicy: JSON.parse(JSON.stringify(policy)) }] : [],
  }
}

async function askAws(url: string, issuer: TestIssuer, { accountId, token }: AwsArranged): Promise<Verdict> {
  const roleArn = roleArnOf(accountId)
  const response = await fetch(url, {
    method: 'POST',
    body: new URLSearchParams({
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: SESSION,
      WebIdentityToken: await writeToken(issuer, token),
    }),
  })
  const text = await response.text()
  if (response.ok) return ALLOWED
  const element = (name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1] ?? ''
  const { sub = '', aud = '' } = token.claims as { sub?: string; aud?: string }
  const { code, clause } = explainAwsRefusal({
    roleArn,
    claims: { iss: issuer.url, sub, aud },
    error: {
      code: element('Code'),
      message: element('Message'),
      explanationHeader: response.headers.get(EXPLANATION_HEADER),
    },
  })
  return { allowed: false, code, clause }
}

function askEngine(
  { arranged, clause }: Mutant<AwsArranged>,
  issuerUrl: string,
  now: Date,
): Verdict | undefined {
  const { accountId, provider, policy, role, token } = arranged
  if (!provider || !role || token.spoilt || clause === 'token') return undefined
  const parsed = parseAwsTrustPolicy(JSON.stringify(policy))
  if (!parsed.ok) return { allowed: false, clause: 'policy', code: parsed.refusal.code }
  const registered = {
    arn: providerArnOf(provider.url, accountId),
    issuerUrl: provider.url,
    audiences: provider.audiences,
  }
  const claims = { iss: issuerUrl, ...token.claims } as { iss: string; sub: string; aud: string }
  const requestKeys = {
    'sts:RoleSessionName': SESSION,
    'aws:CurrentTime': now.toISOString(),
    'aws:SourceIp': '127.0.0.1',
  }
  const decision = evaluateAwsTrust({ policy: parsed.policy, provider: registered, claims, requestKeys })
  if (decision.allowed) return ALLOWED
  const [first] = explainAwsTrust(decision, registered, claims)
  return { allowed: false, clause: first?.clause, code: first?.code }
}
