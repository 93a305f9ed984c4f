/** What makes a cloud trust a stack, as commands to copy: written by the same rules with which a cloud decides. */
import { generateAwsTrustPolicy } from '@daypass/trust/aws/generate.ts'
import { awsCommands, awsRoleName } from '@daypass/trust/aws/generate-formats.ts'
import { azureCommands, generateAzureTrust } from '@daypass/trust/azure/generate.ts'
import { generateGoogleTrust, googleCommands } from '@daypass/trust/google/generate.ts'
import type { Operation, SubjectStack } from '@daypass/trust/subject.ts'
import type { Cloud } from './search.ts'

export interface SetupInput {
  readonly issuerUrl: string
  readonly audience: string
  readonly stack: SubjectStack
  readonly operations: readonly Operation[]
  /** By the names of {@link FIELDS}. */
  readonly given: Readonly<Record<string, string>>
}

export type Setup =
  | { readonly ok: true; readonly commands: string }
  | { readonly ok: false; readonly sentence: string }

export interface Field {
  readonly name: string
  readonly label: string
  readonly placeholder: string
}

/** What only the owner of the cloud knows. */
export const FIELDS: Readonly<Record<Cloud, readonly Field[]>> = {
  aws: [{ name: 'account', label: 'AWS account', placeholder: '123456789012' }],
  azure: [
    { name: 'client', label: 'Application (client) ID', placeholder: '00000000-0000-0000-0000-000000000000' },
  ],
  google: [
    { name: 'project', label: 'Project number', placeholder: '123456789012' },
    {
      name: 'account',
      label: 'Service account',
      placeholder: 'deploy@my-project.iam.gserviceaccount.com',
    },
  ],
}

const POOL = 'daypass'

/** Fields that are empty stand as their examples. */
export function setupOf(cloud: Cloud, input: SetupInput): Setup {
  const value = (name: string): string =>
    input.given[name]?.trim() || FIELDS[cloud].find((field) => field.name === name)?.placeholder || ''
  const { issuerUrl, audience, stack, operations } = input
  switch (cloud) {
    case 'aws': {
      const accountId = value('account')
      const made = generateAwsTrustPolicy({ issuerUrl, accountId, audience, stack, operations })
      if (!made.ok) return { ok: false, sentence: made.refusal.sentence }
      const roleName = awsRoleName(stack)
      return { ok: true, commands: awsCommands({ ...made, issuerUrl, accountId, audience, roleName }) }
    }
    case 'azure': {
      const made = generateAzureTrust({ issuerUrl, audience, stack, operations })
      if (!made.ok) return { ok: false, sentence: made.refusal.sentence }
      return { ok: true, commands: azureCommands(made.credentials, value('client')) }
    }
    case 'google': {
      const made = generateGoogleTrust({
        ...{ issuerUrl, audience, stack, operations, poolId: POOL, providerId: POOL },
        projectNumber: value('project'),
        serviceAccount: value('account'),
      })
      if (!made.ok) return { ok: false, sentence: made.refusal.sentence }
      return { ok: true, commands: googleCommands(made.trust) }
    }
  }
}
