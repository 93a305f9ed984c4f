/**
 * The tenants of the local Entra, from a JSON file: applications with their federated credentials, and what they may
 * read of which subscription.
 *
 * Owns the file's closed grammar. What Entra would refuse to save is refused here, when the program starts.
 */
import {
  type FederatedCredential,
  readFederatedCredentials,
} from '@daypass/trust/azure/federated-credential.ts'
import { fieldsOf, listOf, Refused } from '../cloud/config-fields.ts'
import { issuerRefusal } from '../issuer/issuer-url.ts'

export interface LocalEntraConfig {
  readonly tenants: readonly LocalTenant[]
}

export interface LocalTenant {
  readonly id: string
  readonly applications: readonly LocalApplication[]
}

export interface LocalApplication {
  readonly clientId: string
  readonly credentials: readonly FederatedCredential[]
  /** Ids of the subscriptions on which it has a role. */
  readonly subscriptions: readonly string[]
}

export type LocalEntraConfigResult =
  | { readonly ok: true; readonly config: LocalEntraConfig }
  | { readonly ok: false; readonly path: string; readonly sentence: string }

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

export function readLocalEntraConfig(value: unknown): LocalEntraConfigResult {
  try {
    const { tenants } = fieldsOf(value, '$', ['tenants'])
    return { ok: true, config: { tenants: listOf(tenants, '$.tenants').map(readTenant) } }
  } catch (error) {
    if (error instanceof Refused) return { ok: false, path: error.path, sentence: error.message }
    throw error
  }
}

function readTenant(value: unknown, index: number): LocalTenant {
  const path = `$.tenants[${index}]`
  const { id, applications } = fieldsOf(value, path, ['id', 'applications'])
  return {
    id: uuidOf(id, `${path}.id`),
    applications: listOf(applications, `${path}.applications`).map((one, at) =>
      readApplication(one, `${path}.applications[${at}]`),
    ),
  }
}

function readApplication(value: unknown, path: string): LocalApplication {
  const { clientId, federatedCredentials, subscriptions } = fieldsOf(value, path, [
    'clientId',
    'federatedCredentials',
    'subscriptions',
  ])
  const read = readFederatedCredentials(federatedCredentials)
  if (!read.ok)
    throw new Refused(`${path}.federatedCredentials${read.refusal.path.slice(1)}`, read.refusal.sentence)
  for (const { issuer, name } of read.credentials) {
    const refusal = issuerRefusal(issuer)
    if (refusal) throw new Refused(`${path}.federatedCredentials`, `${name}: ${refusal}`)
  }
  return {
    clientId: uuidOf(clientId, `${path}.clientId`),
    credentials: read.credentials,
    subscriptions: listOf(subscriptions ?? [], `${path}.subscriptions`).map((one, at) =>
      uuidOf(one, `${path}.subscriptions[${at}]`),
    ),
  }
}

function uuidOf(value: unknown, path: string): string {
  if (typeof value === 'string' && UUID.test(value)) return value
  throw new Refused(path, `${path} must be a UUID in lower case.`)
}
