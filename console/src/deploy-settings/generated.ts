/**
 * The document that says whom a cloud trusts, in the tool that people use. Made in the browser of what stands in the
 * form, so that it can be applied before anything is saved. Pure.
 *
 * Owns: which texts there are. Does not own: what they say (trust/), nor whether a cloud agrees (the server explains).
 */
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import { generateAwsTrustPolicy } from '@daypass/trust/aws/generate.ts'
import {
  awsCloudFormation,
  awsCommands,
  awsPulumiYaml,
  awsTerraform,
} from '@daypass/trust/aws/generate-formats.ts'
import {
  azureCommands,
  azurePulumiYaml,
  azureTerraform,
  generateAzureTrust,
} from '@daypass/trust/azure/generate.ts'
import {
  generateGoogleTrust,
  googleCommands,
  googlePulumiYaml,
  googleTerraform,
} from '@daypass/trust/google/generate.ts'
import { type Operation, readSubject, type SubjectStack } from '@daypass/trust/subject.ts'
import type { StackNames } from '../deployments/deployments.ts'
import type { StackTrust } from '../issuer/trust.ts'
import type { Cloud, CloudFields } from './oidc-form.ts'

/** By the name of the tool, the first one shown first; or why there are none yet. */
export type Generated = { readonly texts: Readonly<Record<string, string>> } | { readonly missing: string }

export function generated(
  cloud: Cloud,
  { issuer, audience, subjects }: Pick<StackTrust, 'issuer' | 'audience' | 'subjects'>,
  names: StackNames,
  fields: CloudFields,
  operations: readonly Operation[],
): Generated {
  if (operations.length === 0) return { missing: 'Choose at least one operation.' }
  const scope = { issuerUrl: issuer, audience, stack: subjectStackOf(names, subjects), operations }
  const text = (name: string): string => String(fields[name] ?? '').trim()
  if (cloud === 'aws') return awsTexts(scope, text('roleArn'))
  if (cloud === 'azure') return azureTexts(scope, text('clientId'))
  return googleTexts(scope, {
    projectNumber: text('projectId'),
    poolId: text('workloadPoolId'),
    providerId: text('providerId'),
    serviceAccount: text('serviceAccount'),
  })
}

interface Scope {
  readonly issuerUrl: string
  readonly audience: string
  readonly stack: SubjectStack
  readonly operations: readonly Operation[]
}

/** In the form of the stack's own subjects. */
function subjectStackOf(
  { organization, project, stack }: StackNames,
  [first]: StackTrust['subjects'],
): SubjectStack {
  const reading = first && readSubject(first.subject)
  const stackUuid = reading?.form === 'compact' ? reading.stackUuid : undefined
  return { organization, project, stack, form: reading?.form, stackUuid }
}

function awsTexts(scope: Scope, roleArn: string): Generated {
  const role = parseRoleArn(roleArn)
  if (!role) return { missing: 'Fill in the ARN of the role; it need not exist yet.' }
  const made = generateAwsTrustPolicy({ ...scope, ...role })
  if (!made.ok) return { missing: made.refusal.sentence }
  const about = { ...scope, ...role, roleName: role.name, policy: made.policy }
  return {
    texts: {
      'aws CLI': awsCommands(about),
      'Trust policy': made.json,
      Terraform: awsTerraform(about),
      Pulumi: awsPulumiYaml(about),
      CloudFormation: awsCloudFormation(about),
    },
  }
}

function azureTexts(scope: Scope, clientId: string): Generated {
  if (clientId === '') return { missing: 'Fill in the client id of the app registration.' }
  const made = generateAzureTrust(scope)
  if (!made.ok) return { missing: made.refusal.sentence }
  const { credentials } = made
  return {
    texts: {
      'az CLI': azureCommands(credentials, clientId),
      'Federated credentials': JSON.stringify(credentials, null, 2),
      Terraform: azureTerraform(credentials, clientId),
      Pulumi: azurePulumiYaml(credentials, clientId),
    },
  }
}

interface GoogleFields {
  readonly projectNumber: string
  readonly poolId: string
  readonly providerId: string
  readonly serviceAccount: string
}

function googleTexts(scope: Scope, fields: GoogleFields): Generated {
  if (Object.values(fields).includes(''))
    return { missing: 'Fill in project, pool, provider and service account; they need not exist yet.' }
  const made = generateGoogleTrust({ ...scope, ...fields })
  if (!made.ok) return { missing: `${made.refusal.path}: ${made.refusal.sentence}` }
  return {
    texts: {
      'gcloud CLI': googleCommands(made.trust),
      'Provider and policy': JSON.stringify(made.written, null, 2),
      Terraform: googleTerraform(made.trust),
      Pulumi: googlePulumiYaml(made.trust),
    },
  }
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
