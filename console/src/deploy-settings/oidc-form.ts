/** The fields of the three cloud integrations, with Pulumi Cloud's labels, and what is sent of them. Pure. */
import { parseRoleArn } from '@daypass/trust/aws/arn.ts'
import type { SavedSettings, SettingsPatch } from './settings.ts'

export type Cloud = 'aws' | 'azure' | 'gcp'
export type CloudFields = { readonly enabled: boolean } & Readonly<Record<string, string | boolean>>
export type OidcForm = Readonly<Record<Cloud, CloudFields>>

export interface CloudField {
  readonly name: string
  readonly label: string
  readonly isRequired?: boolean
  readonly hint?: string
  readonly placeholder?: string
  /** One a line. */
  readonly isList?: boolean
}

const DURATION_HINT = 'How long credentials last: for example 1h or 45m. Empty: 1h.'

/** In the order of the page. */
export const CLOUDS: Readonly<
  Record<Cloud, { readonly title: string; readonly name: string; readonly fields: readonly CloudField[] }>
> = {
  aws: {
    title: 'Enable AWS Integration',
    name: 'AWS',
    fields: [
      {
        name: 'roleArn',
        label: 'Role ARN',
        isRequired: true,
        hint: 'The IAM role that deployments assume.',
        placeholder: 'arn:aws:iam::123456789012:role/deploy',
      },
      {
        name: 'sessionName',
        label: 'Session Name',
        isRequired: true,
        hint: 'Stands in CloudTrail beside everything that a deployment does.',
        placeholder: 'daypass',
      },
      {
        name: 'policyArns',
        label: 'Policy ARNs',
        isList: true,
        hint: 'One a line. Session policies: they take away from what the role may do.',
      },
      { name: 'duration', label: 'Session Duration', hint: DURATION_HINT, placeholder: '1h' },
    ],
  },
  azure: {
    title: 'Enable Azure Integration',
    name: 'Azure',
    fields: [
      { name: 'clientId', label: 'Client ID', isRequired: true, hint: 'Of the app registration.' },
      { name: 'tenantId', label: 'Tenant ID', isRequired: true, hint: 'Of the directory that it is in.' },
      { name: 'subscriptionId', label: 'Subscription ID', isRequired: true },
    ],
  },
  gcp: {
    title: 'Enable Google Cloud Integration',
    name: 'Google Cloud',
    fields: [
      {
        name: 'projectId',
        label: 'Project ID',
        isRequired: true,
        hint: 'The number of the project that holds the workload identity pool.',
        placeholder: '123456789012',
      },
      { name: 'workloadPoolId', label: 'Workload Pool ID', isRequired: true, placeholder: 'daypass' },
      { name: 'providerId', label: 'Identity Provider ID', isRequired: true, placeholder: 'daypass' },
      {
        name: 'serviceAccount',
        label: 'Service Account Email Address',
        isRequired: true,
        placeholder: 'deploy@my-project.iam.gserviceaccount.com',
      },
      { name: 'region', label: 'Region', placeholder: 'europe-west1' },
      { name: 'tokenLifetime', label: 'Session Duration', hint: DURATION_HINT, placeholder: '1h' },
    ],
  },
}

export const CLOUD_IDS = ['aws', 'azure', 'gcp'] as const satisfies readonly Cloud[]

type SavedOidc = NonNullable<NonNullable<SavedSettings['operationContext']>['oidc']>

export function oidcFormOf(saved: SavedOidc | undefined): OidcForm {
  const of = (cloud: Cloud): CloudFields => {
    const block = saved?.[cloud] as Readonly<Record<string, unknown>> | undefined
    const texts = CLOUDS[cloud].fields.map(({ name }) => [name, textOf(block?.[name])])
    return { ...Object.fromEntries(texts), enabled: block !== undefined }
  }
  return { aws: of('aws'), azure: of('azure'), gcp: of('gcp') }
}

function textOf(value: unknown): string {
  return Array.isArray(value) ? value.join('\n') : typeof value === 'string' ? value : ''
}

/** One a line; null, which removes it, where there is none. */
export function listOf(text: string): string[] | null {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return lines.length === 0 ? null : lines
}

type OidcInput = NonNullable<NonNullable<SettingsPatch['operationContext']>['oidc']>

/** An integration that is switched off is removed. */
export function oidcInput(form: OidcForm): OidcInput {
  const of = (cloud: Cloud) => {
    if (!form[cloud].enabled) return null
    const fields = CLOUDS[cloud].fields.map(({ name, isList }) => {
      const text = String(form[cloud][name] ?? '').trim()
      return [name, isList ? listOf(text) : text === '' ? null : text]
    })
    return Object.fromEntries(fields)
  }
  return { aws: of('aws'), azure: of('azure'), gcp: of('gcp') }
}

/** Sentences by the path of the field in the form. */
export function oidcProblems(form: OidcForm): Record<string, string> {
  const problems = CLOUD_IDS.filter((cloud) => form[cloud].enabled).flatMap((cloud) =>
    CLOUDS[cloud].fields.flatMap(({ name, label, isRequired }) => {
      const text = String(form[cloud][name] ?? '').trim()
      if (isRequired && text === '') return [[`oidc.${cloud}.${name}`, `${label} is needed.`]]
      if (name === 'roleArn' && !parseRoleArn(text)) return [[`oidc.${cloud}.${name}`, NOT_A_ROLE]]
      return []
    }),
  )
  return Object.fromEntries(problems)
}

const NOT_A_ROLE = 'This is not the ARN of a role: arn:aws:iam::<12 digits>:role/<name>.'
