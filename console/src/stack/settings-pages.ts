/** The pages of a stack's settings, in their order; the first one opens with the tab. */
export const SETTINGS_PAGES = [
  { to: '/$organization/$project/$stack/settings/deploy', label: 'Deploy' },
  { to: '/$organization/$project/$stack/settings/access', label: 'Access' },
  { to: '/$organization/$project/$stack/settings/schedules', label: 'Schedules' },
  { to: '/$organization/$project/$stack/settings/webhooks', label: 'Webhooks' },
] as const
