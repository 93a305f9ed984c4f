/** The command that connects a git host, for an admin to copy: what is secret there never goes through the browser. */

export const CONNECTABLE = [
  { value: 'github', label: 'GitHub (makes an App)', options: '--github-org <organization>' },
  {
    value: 'gitea',
    label: 'Gitea, Forgejo',
    options: '--url https://git.example.com --host-token-file ./token',
  },
  { value: 'gitlab', label: 'GitLab', options: '--host-token-file ./token' },
  { value: 'bitbucket', label: 'Bitbucket Cloud', options: '--host-token-file ./token' },
  { value: 'azure-devops', label: 'Azure DevOps', options: '--host-token-file ./token' },
  { value: 'custom', label: 'Any git server with hooks', options: '--url https://git.example.com' },
  {
    value: 'polling',
    label: 'A remote that sends nothing',
    options: '--url https://git.example.com --repository acme/shop --every 60s',
  },
] as const

export type Connectable = (typeof CONNECTABLE)[number]['value']

/** @param server Where this Daypass is. */
export function connectCommand(kind: Connectable, organization: string, server: string): string {
  const options = CONNECTABLE.find(({ value }) => value === kind)?.options ?? ''
  return [
    `export DAYPASS_SERVER=${server}`,
    'export PULUMI_ACCESS_TOKEN=pul-…',
    `npx daypass connect ${kind} --org ${organization} ${options}`.trimEnd(),
  ].join('\n')
}
