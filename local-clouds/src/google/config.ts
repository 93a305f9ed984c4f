/**
 * What the local Google Cloud knows, from a JSON file: workload identity providers as `gcloud … describe` prints them,
 * and service accounts with their IAM policies.
 *
 * Owns the file's closed grammar. What Google would refuse to save is refused here, when the program starts.
 */
import {
  type GoogleProvider,
  type GoogleServiceAccount,
  readGoogleProvider,
  readGoogleServiceAccount,
} from '@daypass/trust/google/workload-provider.ts'
import { issuerRefusal } from '../issuer/issuer-url.ts'

export interface LocalGoogleConfig {
  readonly providers: readonly GoogleProvider[]
  readonly serviceAccounts: readonly LocalServiceAccount[]
}

export interface LocalServiceAccount extends GoogleServiceAccount {
  /** 3600 unless the organization's policy extends it to 43200. */
  readonly longestTokenSeconds: number
}

export type LocalGoogleConfigResult =
  | { readonly ok: true; readonly config: LocalGoogleConfig }
  | { readonly ok: false; readonly path: string; readonly sentence: string }

const DEFAULT_LONGEST_SECONDS = 3600
const EXTENDED_LONGEST_SECONDS = 43_200

export function readLocalGoogleConfig(value: unknown): LocalGoogleConfigResult {
  const { providers, serviceAccounts } = (value ?? {}) as { providers?: unknown; serviceAccounts?: unknown }
  if (!Array.isArray(providers) || !Array.isArray(serviceAccounts)) {
    return { ok: false, path: '$', sentence: 'It has the lists "providers" and "serviceAccounts".' }
  }
  const readProviders: GoogleProvider[] = []
  for (const [index, one] of providers.entries()) {
    const read = readGoogleProvider(
      one,
      `$.providers[${index}]`,
      (issuer) => issuerRefusal(issuer) === undefined,
    )
    if ('sentence' in read) return { ok: false, ...read }
    readProviders.push(read)
  }
  const readAccounts: LocalServiceAccount[] = []
  for (const [index, one] of serviceAccounts.entries()) {
    const path = `$.serviceAccounts[${index}]`
    const read = readGoogleServiceAccount(one, path)
    if ('sentence' in read) return { ok: false, ...read }
    const { longestTokenSeconds = DEFAULT_LONGEST_SECONDS } = one as { longestTokenSeconds?: unknown }
    if (longestTokenSeconds !== DEFAULT_LONGEST_SECONDS && longestTokenSeconds !== EXTENDED_LONGEST_SECONDS) {
      const sentence = `It is ${DEFAULT_LONGEST_SECONDS}, or ${EXTENDED_LONGEST_SECONDS} where the organization extends it.`
      return { ok: false, path: `${path}.longestTokenSeconds`, sentence }
    }
    readAccounts.push({ ...read, longestTokenSeconds })
  }
  return { ok: true, config: { providers: readProviders, serviceAccounts: readAccounts } }
}
