/** The pages of an organization, in the order in which they stand beside every page. One line a page. */
import {
  IconChartBar,
  IconFingerprint,
  IconGitBranch,
  IconHistory,
  IconKey,
  IconServer2,
  IconSettings,
  IconStack2,
  IconUser,
  IconUsersGroup,
  IconWebhook,
} from '@tabler/icons-react'

export const NAVIGATION = [
  { group: '', to: '/$organization', label: 'Stacks', icon: IconStack2 },
  { group: 'Settings', to: '/$organization/settings/general', label: 'General', icon: IconSettings },
  { group: 'Settings', to: '/$organization/settings/runners', label: 'Runners', icon: IconServer2 },
  { group: 'Settings', to: '/$organization/settings/tokens', label: 'Access tokens', icon: IconKey },
  { group: 'Settings', to: '/$organization/settings/members', label: 'Members', icon: IconUser },
  { group: 'Settings', to: '/$organization/settings/teams', label: 'Teams', icon: IconUsersGroup },
  { group: 'Settings', to: '/$organization/settings/webhooks', label: 'Webhooks', icon: IconWebhook },
  { group: 'Settings', to: '/$organization/settings/git-hosts', label: 'Git hosts', icon: IconGitBranch },
  { group: 'Settings', to: '/$organization/settings/issuer', label: 'Issuer', icon: IconFingerprint },
  { group: 'Settings', to: '/$organization/settings/audit-log', label: 'Audit', icon: IconHistory },
  { group: 'Settings', to: '/$organization/settings/usage', label: 'Usage', icon: IconChartBar },
] as const
