/** The pages of a stack, in their order. */
export const TABS = [
  { to: '/$organization/$project/$stack', label: 'Overview' },
  { to: '/$organization/$project/$stack/deployments', label: 'Deployments' },
] as const

/** The tab of an address below the base path; a deployment's page belongs to Deployments. */
export function tabOf(pathname: string): string {
  const page = pathname.split('/')[4]
  const found = page ? TABS.find(({ to }) => to.endsWith(`/${page}`)) : undefined
  return found?.to ?? TABS[0].to
}
