/**
 * The document that says whom a cloud trusts, made in the browser of what stands in the form, so that it can be applied
 * before anything is saved. Pure.
 *
 * Owns: what the form still lacks for one, and what prints the documents that are there. Does not own: the texts
 * (issuer/trust-documents), nor whether a cloud agrees (the server explains).
 */
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import type { Operation } from '@daypass/trust/subject.ts'
import type { StackNames } from '../deployments/deployments.ts'
import type { StackTrust } from '../issuer/trust.ts'
import {
  awsDocuments,
  azureDocuments,
  googleDocuments,
  type TrustDocuments,
  type TrustScope,
  trustScopeOf,
} from '../issuer/trust-documents.ts'
import type { Cloud, CloudFields } from './oidc-form.ts'

/** By the name of the tool, the first one shown first; or why there are none yet. */
export type Generated = { readonly texts: Readonly<Record<string, string>> } | { readonly missing: string }

export function generated(
  cloud: Cloud,
  trust: Pick<StackTrust, 'issuer' | 'audience' | 'subjects'>,
  names: StackNames,
  fields: CloudFields,
  operations: readonly Operation[],
): Generated {
  if (operations.length === 0) return { missing: 'Choose at least one operation.' }
  const made = documentsOf(cloud, trustScopeOf(trust, names, operations), fields)
  if (typeof made === 'string') return { missing: made }
  if (made.ok) return { texts: made.texts }
  return { missing: made.path === undefined ? made.sentence : `${made.path}: ${made.sentence}` }
}

/** @returns A sentence while a field is missing. */
function documentsOf(cloud: Cloud, scope: TrustScope, fields: CloudFields): TrustDocuments | string {
  const text = (name: string): string => String(fields[name] ?? '').trim()
  if (cloud === 'aws') {
    const role = parseRoleArn(text('roleArn'))
    if (!role) return 'Fill in the ARN of the role; it need not exist yet.'
    const { accountId, partition, name } = role
    return awsDocuments(scope, { accountId, partition, roleName: name })
  }
  if (cloud === 'azure') {
    const clientId = text('clientId')
    return clientId === ''
      ? 'Fill in the client id of the app registration.'
      : azureDocuments(scope, clientId)
  }
  const place = {
    projectNumber: text('projectId'),
    poolId: text('workloadPoolId'),
    providerId: text('providerId'),
    serviceAccount: text('serviceAccount'),
  }
  return Object.values(place).includes('')
    ? 'Fill in project, pool, provider and service account; they need not exist yet.'
    : googleDocuments(scope, place)
}

/** What prints the documents that **Test trust** reads. */
export function printCommands(cloud: Cloud, fields: CloudFields): string {
  const text = (name: string, otherwise: string): string => String(fields[name] ?? '').trim() || otherwise
  if (cloud === 'aws') {
    const role = parseRoleArn(text('roleArn', ''))
    return `aws iam get-role --role-name ${role?.name ?? '<role>'}`
  }
  if (cloud === 'azure') {
    return `az ad app federated-credential list --id ${text('clientId', '<client id>')}`
  }
  const project = text('projectId', '<project number>')
  const pool = `--project=${project} --location=global --workload-identity-pool=${text('workloadPoolId', '<pool>')}`
  return [
    `gcloud iam workload-identity-pools providers describe ${text('providerId', '<provider>')} ${pool} --format=json`,
    `gcloud iam service-accounts get-iam-policy ${text('serviceAccount', '<service account>')} --format=json`,
  ].join('\n')
}
