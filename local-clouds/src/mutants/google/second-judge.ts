/**
 * A second judge of workload identity federation, written from Google's documentation and sharing no line with the
 * engine: its expressions are evaluated by another CEL library.
 *
 * @see https://cloud.google.com/iam/docs/workload-identity-federation
 * @see https://cloud.google.com/iam/docs/principal-identifiers
 */
import { Environment } from '@marcbachmann/cel-js'
import type { GoogleArranged } from './mutants.ts'

const CEL = new Environment({ unlistedVariablesAreDyn: true }).registerFunction(
  'string.extract(string): string',
  (text: string, template: string) => {
    const [before = '', after = ''] = template.split(/\{\w+\}/)
    const rest = text.split(before).slice(1).join(before)
    return text.includes(before) && rest.includes(after)
      ? after === ''
        ? rest
        : (rest.split(after)[0] ?? '')
      : ''
  },
)

export function secondGoogleJudge(
  arranged: GoogleArranged,
  { issuerUrl, now }: { readonly issuerUrl: string; readonly now: Date },
): boolean {
  const { token, provider, projectNumber, bindings, hasProvider, hasAccount } = arranged
  const { exp = Infinity, nbf = 0, aud } = token.claims
  const seconds = now.getTime() / 1000
  if (token.spoilt || Number(exp) <= seconds || Number(nbf) > seconds) return false
  if (!hasProvider || !hasAccount || !isSaved(arranged) || provider.disabled) return false
  if (provider.oidc.issuerUri !== issuerUrl) return false
  const own = [`//iam.googleapis.com/${provider.name}`, `https://iam.googleapis.com/${provider.name}`]
  const { allowedAudiences } = provider.oidc
  const takes = new Set(allowedAudiences.length > 0 ? allowedAudiences : own)
  if (![aud].flat().some((one) => takes.has(String(one)))) return false

  const assertion = { iss: issuerUrl, ...token.claims }
  const mapped = Object.entries(provider.attributeMapping).map(
    ([name, expression]) => [name, evaluated(expression, { assertion })] as const,
  )
  const isMapped = mapped.every(([name, value]) =>
    name === 'google.groups' ? Array.isArray(value) : typeof value === 'string',
  )
  const subject = String(new Map(mapped).get('google.subject') ?? '')
  if (!isMapped || subject === '' || Buffer.byteLength(subject) > 127) return false
  const below = (prefix: string) =>
    Object.fromEntries(
      mapped.flatMap(([name, value]) =>
        name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
      ),
    )
  const variables = { assertion, mapped: below('google.'), attribute: below('attribute.') }
  if (provider.attributeCondition && evaluated(provider.attributeCondition, variables) !== true) return false

  const pool = `//iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/daypass`
  const isHim = (member: string) => {
    if (member === `principal:${pool}/subject/${subject}` || member === `principalSet:${pool}/*`) return true
    return mapped.some(([name, value]) =>
      name === 'google.groups'
        ? (value as string[]).some((group) => member === `principalSet:${pool}/group/${group}`)
        : name.startsWith('attribute.') && member === `principalSet:${pool}/${name}/${value}`,
    )
  }
  return bindings.some(
    ({ role, members, condition }) =>
      /(?:workloadIdentityUser|serviceAccountTokenCreator)$/.test(role) && !condition && members.some(isHim),
  )
}

function isSaved({
  provider: { attributeMapping, attributeCondition = '', oidc },
  bindings,
}: GoogleArranged): boolean {
  return (
    'google.subject' in attributeMapping &&
    Object.keys(attributeMapping).every((name) => /^(?:google\.|attribute\.[a-z0-9_]+$)/.test(name)) &&
    Object.values(attributeMapping).every((expression) => expression !== '') &&
    oidc.allowedAudiences.length <= 10 &&
    oidc.allowedAudiences.every((one) => one !== '') &&
    attributeCondition.length <= 4096 &&
    bindings.every(({ members }) => members.every((one) => one !== ''))
  )
}

/**
 * Undefined when it fails. This library has a namespace of its own called `google`, so ours is called otherwise; and it
 * does not know that a dot before a name is the name itself, which CEL says.
 */
function evaluated(expression: string, variables: object): unknown {
  try {
    return CEL.evaluate(
      expression.replace(/^\./, '').replaceAll(/\bgoogle\./g, 'mapped.'),
      variables as Record<string, unknown>,
    )
  } catch {
    return undefined
  }
}
