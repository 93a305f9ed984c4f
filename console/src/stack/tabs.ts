/** The pages of a stack, in their order. */
export const TABS = [
  { to: '/$organization/$project/$stack', label: 'Overview' },
  { to: '/$organization/$project/$stack/updates', label: 'Updates' },
  { to: '/$organization/$project/$stack/deployments', label: 'Deployments' },
  { to: '/$organization/$project/$stack/settings', label: 'Settings' },
] as const

/** Pages that stand in another's tab: a preview is an update that was not made. */
const WITHIN: Readonly<Record<string, string>> = { previews: 'updates' }

/** The tab of an address below the base path; a deployment's page belongs to Deployments. */
export function tabOf(pathname: string): string {
  const segment = pathname.split('/')[4]
  const page = segment && (WITHIN[segment] ?? segment)
  const found = page ? TABS.find(({ to }) => to.endsWith(`/${page}`)) : undefined
  return found?.to ?? TABS[0].to
}
