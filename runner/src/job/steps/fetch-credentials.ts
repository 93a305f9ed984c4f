/**
 * `Fetch credentials via OIDC`: exchanges the deployment's token at each cloud that the stack's `oidc` block names, all
 * at once. What they grant stays with the supervisor until the steps that may have it.
 */
import type { NamedIdentity } from '@daypass/contract/job-protocol.ts'
import type { Step, StepContext, StepResult } from '../context.ts'
import { failure } from '../failure.ts'
import { tellFingerprints } from '../fingerprints.ts'
import { exchangeServices, type StepExchangeServices } from './exchange-services.ts'
import { fetchAws } from './fetch-aws.ts'
import { fetchAzure } from './fetch-azure.ts'
import { fetchGoogle } from './fetch-google.ts'

export const fetchCredentials: Step = async (context) => {
  const { spec, log } = context
  if (!spec.identity) return undefined
  const { issuerUrl, subject, audience, withheld, audiences, named } = spec.identity
  log.say(`Issuer ${issuerUrl}`)
  log.say(`Subject ${subject}`)
  if (audience !== null) log.say(`Audience ${audience}`)
  if (withheld) {
    log.say(
      'Previews are read-only: the token is exchanged here, for the identities of previews, and is not given to the program.',
    )
  }
  if (audiences.length > 0) log.say(`On request also for ${audiences.join(', ')}`)
  const credentials: string[] = []
  const services = exchangeServices(context, issuerUrl, {
    say: log.say,
    interrupt: context.supervision.interrupt,
    credentials,
  })
  const results = await Promise.all([
    ...exchangesOf(context, services, spec.identity, undefined),
    ...named.flatMap((identity) =>
      exchangesOf(context, prefixed(services, identity.name), identity, identity.name),
    ),
  ])
  if (audience !== null && !withheld && results.every((result) => result === null))
    log.say('No cloud is configured; the token itself is given to the program.')
  return together([...results, await tellFingerprints(context, credentials)])
}

/** @param name Of a further identity. Null for a cloud that it does not name. */
function exchangesOf(
  context: StepContext,
  services: StepExchangeServices,
  { aws, azure, google }: Pick<NamedIdentity, 'aws' | 'azure' | 'google'>,
  name: string | undefined,
): (Promise<StepResult> | null)[] {
  return [
    aws && fetchAws(context, services, aws, name),
    azure && fetchAzure(context, services, azure),
    google && fetchGoogle(context, services, google, name),
  ]
}

function prefixed(services: StepExchangeServices, name: string): StepExchangeServices {
  return { ...services, say: (sentence) => services.say(`${name}: ${sentence}`) }
}

/** The first that failed gives the word; each of them has its sentence. */
function together(results: readonly (StepResult | null)[]): StepResult {
  const failures = results.filter((result) => result !== undefined && result !== null)
  const [first] = failures
  return first && failure(first.code, failures.map(({ message }) => message).join(' '))
}
