/** What makes a cloud trust a stack, as commands to copy: written by the same rules with which a cloud decides. */
import { awsRoleName } from '@daypass/trust/aws/generate-formats.ts'
import type { Cloud } from './search.ts'
import {
  awsDocuments,
  azureDocuments,
  googleDocuments,
  type TrustDocuments,
  type TrustScope,
} from './trust-documents.ts'

export interface SetupInput extends TrustScope {
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
export function setupOf(cloud: Cloud, { given, ...scope }: SetupInput): Setup {
  const value = (name: string): string =>
    given[name]?.trim() || FIELDS[cloud].find((field) => field.name === name)?.placeholder || ''
  const made = documentsOf(cloud, scope, value)
  if (!made.ok) return { ok: false, sentence: made.sentence }
  const [commands = ''] = Object.values(made.texts)
  return { ok: true, commands }
}

function documentsOf(cloud: Cloud, scope: TrustScope, value: (name: string) => string): TrustDocuments {
  switch (cloud) {
    case 'aws':
      return awsDocuments(scope, { accountId: value('account'), roleName: awsRoleName(scope.stack) })
    case 'azure':
      return azureDocuments(scope, value('client'))
    case 'google':
      return googleDocuments(scope, {
        projectNumber: value('project'),
        poolId: POOL,
        providerId: POOL,
        serviceAccount: value('account'),
      })
  }
}
