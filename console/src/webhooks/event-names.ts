/** What a webhook can listen to, by Pulumi's names, in the order in which people look for them. */

export interface EventGroup {
  readonly group: string
  readonly says: string
  readonly filters: readonly string[]
}

const RESULTS = ['preview', 'update', 'refresh', 'destroy', 'import'].flatMap((kind) => [
  `${kind}_succeeded`,
  `${kind}_failed`,
])

export const EVENT_GROUPS: readonly EventGroup[] = [
  { group: 'stacks', says: 'Stacks', filters: ['stack_created', 'stack_deleted', ...RESULTS] },
  {
    group: 'deployments',
    says: 'Deployments and drift',
    filters: [
      ...['queued', 'started', 'succeeded', 'failed'].map((end) => `deployment_${end}`),
      'drift_detected',
      'drift_detection_succeeded',
      'drift_detection_failed',
      'drift_remediation_succeeded',
      'drift_remediation_failed',
    ],
  },
]

/** A stack hears nothing of its own beginning and end. */
export function groupsFor(isOfStack: boolean): readonly EventGroup[] {
  if (!isOfStack) return EVENT_GROUPS
  return EVENT_GROUPS.map((one) => ({
    ...one,
    filters: one.filters.filter((name) => !/^stack_/.test(name)),
  }))
}

/** "update_succeeded" as people say it. */
export function eventWords(name: string): string {
  const words = name.replaceAll('_', ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

export const FORMATS = [
  { value: 'raw', label: 'JSON, as Pulumi Cloud sends it' },
  { value: 'slack', label: 'Slack' },
  { value: 'ms_teams', label: 'Microsoft Teams' },
] as const

export const STACK_FORMATS = [
  ...FORMATS,
  { value: 'pulumi_deployments', label: 'Update another stack' },
] as const

export function formatWords(format: string): string {
  return STACK_FORMATS.find(({ value }) => value === format)?.label ?? format
}
