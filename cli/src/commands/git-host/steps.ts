/** What a person does at each kind of git host, in order. */
import type { GitHostKind, GitHostResponse } from '@daypass/contract/git-hosts.ts'

type Step = (host: GitHostResponse) => string

/** The App is there before the connection, which needs its key; its webhook comes after it. */
const GITHUB_APP: readonly Step[] = [
  () => 'Open the settings of the App. Webhook: active, with the URL and the secret below.',
  () =>
    'Repository permissions: Contents and Metadata read; Pull requests, Commit statuses and Checks read and write.',
  () => 'Subscribe to the events Push, Pull request, Issue comment and Pull request review.',
  () =>
    'Install the App on the repositories of your stacks, and on no others: whoever may write a stack can have it clone them.',
]

/** Before anything can be connected. */
export const BEFORE_AN_APP = `a GitHub App that is there is connected with its id and its key. \`daypass connect github\` makes one; by hand:

1. Open <GitHub>/organizations/<your organization>/settings/apps/new, name it, and leave its webhook inactive for now.
2. Create it, note its App ID, and generate a private key.
3. daypass connect github-app --app-id <id> --private-key-file <file>`

const GITHUB: readonly Step[] = [
  ({ webUrl }) => `Open ${webUrl}/<owner>/<repository>/settings/hooks/new.`,
  () => 'Payload URL and secret as below, content type application/json.',
  () => 'Choose the events Pushes, Pull requests, Issue comments and Pull request reviews.',
  ({ name }) =>
    `For private repositories and reports: daypass git-host edit ${name} --host-token-file <file>, with a fine-grained token that may read contents and write pull requests and commit statuses. (An App, \`connect github-app\`, needs no long-lived token.)`,
]

export const STEPS: Readonly<Partial<Record<GitHostKind, readonly Step[]>>> = {
  'github-app': GITHUB_APP,
  github: GITHUB,
  'github-enterprise': GITHUB,
  gitlab: [
    () => 'Open the project (or group): Settings → Webhooks → Add new webhook.',
    () => 'URL as below, and the secret as its secret token.',
    () => 'Choose Push events, Tag push events, Comments and Merge request events.',
    ({ name }) =>
      `Settings → Access tokens: one with the role Developer and the scope api, for private projects and reports: daypass git-host edit ${name} --host-token-file <file>`,
  ],
  bitbucket: [
    () => 'Open the repository: Repository settings → Webhooks → Add webhook.',
    () => 'URL and secret as below.',
    () =>
      'Choose the triggers Repository: Push; Pull request: Created, Updated, Merged, Declined and Comment created.',
    ({ name }) =>
      `Repository settings → Access tokens: one that may administer repositories (to ask who may write) and write pull requests: daypass git-host edit ${name} --host-token-file <file>. (An API token of a person goes with --user-name <their mail address>.)`,
  ],
  'azure-devops': [
    () => 'Open the project: Project settings → Service hooks → + → Web Hooks.',
    () =>
      'Make one each for Code pushed, Pull request created, Pull request updated, Pull request merge attempted and Pull request commented on.',
    () =>
      'URL as below; Basic authentication username: daypass, password: the secret below; resource details to send: All.',
    ({ name }) =>
      `User settings → Personal access tokens: one with Code (read, status) and Pull request threads (read & write): daypass git-host edit ${name} --host-token-file <file> --repository '<organization>/<project>/*'`,
    () =>
      'Azure DevOps does not say who may write: every pull request waits until an admin approves it here.',
  ],
  gitea: [
    ({ webUrl }) =>
      `Open ${webUrl}/<owner>/<repository>/settings/hooks (or those of the organization) → Add webhook → Gitea.`,
    () => 'Target URL and secret as below, POST, application/json.',
    () =>
      'Choose custom events: Push, Create, Delete, Pull request, its comments, labels, reviews and synchronization.',
    ({ name }) =>
      `An access token of a user that may write to the repositories, with the scopes write:repository, write:issue and read:user: daypass git-host edit ${name} --host-token-file <file>`,
  ],
  custom: [
    () => 'Let your server send a POST to the URL below for each push, as Pulumi’s Custom VCS documents it.',
    () => 'Sign the raw body: X-Generic-VCS-Signature: v1=<hex HMAC-SHA256 with the secret below>.',
  ],
  polling: [
    () =>
      'Nothing: runners of the pool look. What is there at the first look is only kept; what is pushed after it deploys.',
    ({ name }) =>
      `For private repositories: daypass git-host edit ${name} --host-token-file <file>, with a token that may read them, and --user-name where the remote wants one.`,
  ],
}

/** A GitHub Enterprise Server may be connected as an App, too. */
export function stepsFor(host: GitHostResponse): readonly Step[] {
  return host.appId === undefined ? (STEPS[host.kind] ?? []) : GITHUB_APP
}
