/**
 * The document that makes a cloud trust a stack, in each tool that people use. Pure.
 *
 * Owns: which texts there are, the commands of the cloud's own CLI first. Does not own: what they say (trust/), nor
 * whose account, application or pool is meant.
 */
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
import type { StackTrust } from './trust.ts'

export interface TrustScope {
  readonly issuerUrl: string
  readonly audience: string
  readonly stack: SubjectStack
  readonly operations: readonly Operation[]
}

/** By the name of the tool. */
export type TrustDocuments =
  | { readonly ok: true; readonly texts: Readonly<Record<string, string>> }
  | {
      readonly ok: false
      readonly sentence: string
      /** What of the input it is about, where one part is. */
      readonly path?: string
    }

/** In the form that the stack's own subjects have. */
export function trustScopeOf(
  { issuer, audience, subjects: [first] }: Pick<StackTrust, 'issuer' | 'audience' | 'subjects'>,
  { organization, project, stack }: StackNames,
  operations: readonly Operation[],
): TrustScope {
  const reading = first && readSubject(first.subject)
  const stackUuid = reading?.form === 'compact' ? reading.stackUuid : undefined
  return {
    issuerUrl: issuer,
    audience,
    stack: { organization, project, stack, form: reading?.form, stackUuid },
    operations,
  }
}

export interface AwsPlace {
  readonly accountId: string
  readonly partition?: string
  readonly roleName: string
}

export function awsDocuments(scope: TrustScope, place: AwsPlace): TrustDocuments {
  const made = generateAwsTrustPolicy({ ...scope, ...place })
  if (!made.ok) return { ok: false, sentence: made.refusal.sentence }
  const about = { ...scope, ...place, policy: made.policy }
  return {
    ok: true,
    texts: {
      'aws CLI': awsCommands(about),
      'Trust policy': made.json,
      Terraform: awsTerraform(about),
      Pulumi: awsPulumiYaml(about),
      CloudFormation: awsCloudFormation(about),
    },
  }
}

export function azureDocuments(scope: TrustScope, clientId: string): TrustDocuments {
  const made = generateAzureTrust(scope)
  if (!made.ok) return { ok: false, sentence: made.refusal.sentence }
  const { credentials } = made
  return {
    ok: true,
    texts: {
      'az CLI': azureCommands(credentials, clientId),
      'Federated credentials': JSON.stringify(credentials, null, 2),
      Terraform: azureTerraform(credentials, clientId),
      Pulumi: azurePulumiYaml(credentials, clientId),
    },
  }
}

export interface GooglePlace {
  readonly projectNumber: string
  readonly poolId: string
  readonly providerId: string
  readonly serviceAccount: string
}

export function googleDocuments(scope: TrustScope, place: GooglePlace): TrustDocuments {
  const made = generateGoogleTrust({ ...scope, ...place })
  if (!made.ok) return { ok: false, sentence: made.refusal.sentence, path: made.refusal.path }
  return {
    ok: true,
    texts: {
      'gcloud CLI': googleCommands(made.trust),
      'Provider and policy': JSON.stringify(made.written, null, 2),
      Terraform: googleTerraform(made.trust),
      Pulumi: googlePulumiYaml(made.trust),
    },
  }
}
