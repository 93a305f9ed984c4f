/**
 * An organization's connections to git hosts, ours. Owns: paths and shapes. Does not own: how a host is spoken to, nor what
 * follows from its events (server/git-hosts, git-events, git-push).
 */
import { type Static, Type } from 'typebox'

export const GIT_HOSTS_PATH = '/api/daypass/orgs/:organization/git-hosts'
export const GIT_HOST_PATH = `${GIT_HOSTS_PATH}/:host`
export const GIT_APP_REGISTRATION_PATH = `${GIT_HOST_PATH}/registration`
export const GIT_APPROVALS_PATH = `${GIT_HOST_PATH}/approvals`
/** Where a host sends what happens. */
export const GIT_EVENTS_PATH = '/api/daypass/git-hosts/:hostId/events'

export const GitHostKind = Type.Union([
  Type.Literal('github-app'),
  Type.Literal('github'),
  Type.Literal('github-enterprise'),
  Type.Literal('gitlab'),
  Type.Literal('bitbucket'),
  Type.Literal('azure-devops'),
  Type.Literal('gitea'),
  Type.Literal('custom'),
  Type.Literal('polling'),
])
export type GitHostKind = Static<typeof GitHostKind>

const Secret = Type.String({ minLength: 1, maxLength: 16_384 })
const Repositories = Type.Array(Type.String({ minLength: 3, maxLength: 255 }), {
  maxItems: 1000,
  description: '`owner/name` or `owner/*`. Empty: whatever the host tells us about.',
})

/** What may be said of a connection at any time. */
const changeable = {
  appId: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,100}$', description: 'Of a GitHub App.' })),
  privateKey: Type.Optional(Secret),
  token: Type.Optional(Secret),
  userName: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  repositories: Type.Optional(Repositories),
  comments: Type.Optional(
    Type.Boolean({ description: 'Comments on pull requests; true unless said otherwise.' }),
  ),
  everySeconds: Type.Optional(
    Type.Integer({ minimum: 5, maximum: 86_400, description: 'Of kind `polling`: between two looks; 60.' }),
  ),
  agentPoolID: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'Of kind `polling`: the pool whose runners look, by id or name; else the default.',
    }),
  ),
}

export const ConnectGitHostRequest = Type.Object(
  {
    name: Type.String({ pattern: '^(?!\\.\\.?$)[A-Za-z0-9_.-]{1,100}$' }),
    kind: GitHostKind,
    webUrl: Type.Optional(Type.String({ maxLength: 2000, description: 'Where people look at it.' })),
    apiUrl: Type.Optional(Type.String({ maxLength: 2000, description: 'Where it is not the usual one.' })),
    webhookSecret: Type.Optional(
      Type.String({
        minLength: 16,
        maxLength: 255,
        description: 'Only where the host has made it, as GitHub does for an App; else one is made.',
      }),
    ),
    ...changeable,
  },
  { title: 'ConnectGitHostRequest', additionalProperties: false },
)
export type ConnectGitHostRequest = Static<typeof ConnectGitHostRequest>

export const RegisterGitAppRequest = Type.Object(
  {
    kind: Type.Union([Type.Literal('github-app'), Type.Literal('github-enterprise')]),
    webUrl: ConnectGitHostRequest.properties.webUrl,
    apiUrl: ConnectGitHostRequest.properties.apiUrl,
    gitHubOrganization: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$',
        description: 'Of GitHub, to own the App. Absent: the person who makes it.',
      }),
    ),
    repositories: changeable.repositories,
    comments: changeable.comments,
  },
  { title: 'RegisterGitAppRequest', additionalProperties: false },
)
export type RegisterGitAppRequest = Static<typeof RegisterGitAppRequest>

export const ChangeGitHostRequest = Type.Object(
  {
    ...changeable,
    newWebhookSecret: Type.Optional(
      Type.Boolean({ description: 'Makes another one; the former is worth nothing from then on.' }),
    ),
  },
  { title: 'ChangeGitHostRequest', additionalProperties: false },
)
export type ChangeGitHostRequest = Static<typeof ChangeGitHostRequest>

const PolledRepository = Type.Object({
  repository: Type.String(),
  lastLook: Type.Optional(Type.String({ description: 'RFC 3339: the last one that succeeded.' })),
  nextLook: Type.String({ description: 'RFC 3339: from then on, by the next runner that asks.' }),
  lookedAtNow: Type.Boolean({ description: 'A runner is at it.' }),
  failure: Type.Optional(
    Type.Object({
      at: Type.String({ description: 'RFC 3339.' }),
      code: Type.String(),
      message: Type.String({ description: 'What to mend.' }),
    }),
  ),
})

export const GitHostResponse = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    kind: GitHostKind,
    webUrl: Type.String(),
    apiUrl: Type.Optional(Type.String()),
    eventsUrl: Type.String({ description: 'Where the host sends its webhooks.' }),
    appId: Type.Optional(Type.String()),
    repositories: Repositories,
    comments: Type.Boolean(),
    connected: Type.String({ description: 'RFC 3339.' }),
    lastEvent: Type.Optional(Type.String({ description: 'RFC 3339, to about ten seconds.' })),
    lastFailure: Type.Optional(
      Type.Object({ at: Type.String({ description: 'RFC 3339.' }), message: Type.String() }),
    ),
    polling: Type.Optional(
      Type.Object(
        {
          everySeconds: Type.Integer(),
          agentPoolID: Type.String(),
          repositories: Type.Array(PolledRepository),
        },
        { description: 'Of kind `polling`, whose `eventsUrl` takes nothing.' },
      ),
    ),
    webhookSecret: Type.Optional(
      Type.String({ description: 'Only in the answer to the request that made it.' }),
    ),
  },
  { title: 'GitHost' },
)
export type GitHostResponse = Static<typeof GitHostResponse>

export const ListGitHostsResponse = Type.Object(
  { gitHosts: Type.Array(GitHostResponse) },
  { title: 'ListGitHostsResponse' },
)

export const BegunGitAppRegistration = Type.Object(
  {
    id: Type.String(),
    link: Type.String({ description: 'To open in a browser that is logged in to GitHub; good once.' }),
    expires: Type.String({ description: 'RFC 3339.' }),
  },
  { title: 'BegunGitAppRegistration' },
)
export type BegunGitAppRegistration = Static<typeof BegunGitAppRegistration>

export const GitAppRegistration = Type.Object(
  {
    id: Type.String(),
    state: Type.Union([
      Type.Literal('waiting'),
      Type.Literal('exchanging'),
      Type.Literal('connected'),
      Type.Literal('failed'),
      Type.Literal('expired'),
    ]),
    message: Type.Optional(Type.String({ description: 'Why it failed.' })),
    gitHost: Type.Optional(GitHostResponse),
    installUrl: Type.Optional(Type.String({ description: 'Where the App is installed on repositories.' })),
    testEvent: Type.Optional(
      Type.Object(
        { headers: Type.Record(Type.String(), Type.String()), body: Type.String() },
        { description: 'A signed ping, to see whether events reach the webhook URL.' },
      ),
    ),
  },
  { title: 'GitAppRegistration' },
)
export type GitAppRegistration = Static<typeof GitAppRegistration>

export const TestGitHostResponse = Type.Object(
  {
    identity: Type.Optional(Type.String({ description: 'Who we are, by the word of the host.' })),
    missing: Type.Array(Type.String(), { description: 'What to do; empty: nothing is missing.' }),
  },
  { title: 'TestGitHostResponse' },
)
export type TestGitHostResponse = Static<typeof TestGitHostResponse>

export const ApprovePullRequestRequest = Type.Object(
  {
    repository: Type.String({ minLength: 3, maxLength: 255, description: '`owner/name`' }),
    pullRequest: Type.Integer({ minimum: 1, maximum: 2_147_483_647 }),
    commit: Type.String({
      pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$',
      description: 'The whole commit that is to be run: it has to be the head of the pull request.',
    }),
  },
  { title: 'ApprovePullRequestRequest', additionalProperties: false },
)
export type ApprovePullRequestRequest = Static<typeof ApprovePullRequestRequest>

export const ApprovedPullRequest = Type.Object(
  {
    repository: Type.String(),
    pullRequest: Type.Integer(),
    commit: Type.String(),
    baseBranch: Type.String({ description: 'What it is approved for; for another one it is not.' }),
    author: Type.String({ description: 'Their login on the host.' }),
  },
  { title: 'ApprovedPullRequest' },
)
export type ApprovedPullRequest = Static<typeof ApprovedPullRequest>

export const ReceivedDelivery = Type.Object(
  {
    status: Type.Union([Type.Literal('stored'), Type.Literal('known')], {
      description: '`known`: it was delivered before, and nothing follows from it again.',
    }),
  },
  { title: 'ReceivedDelivery' },
)

const StackOutcome = Type.Object({
  stack: Type.String({ description: '`organization/project/stack`' }),
  result: Type.Union([
    Type.Literal('deployed'),
    Type.Literal('deployed-before'),
    Type.Literal('waits'),
    Type.Literal('superseded'),
    Type.Literal('refused'),
  ]),
  deploymentId: Type.Optional(Type.String()),
  message: Type.Optional(Type.String()),
})

export const GitDelivery = Type.Object(
  {
    id: Type.String(),
    event: Type.String({ description: "The host's word for what happened." }),
    origin: Type.Union([Type.Literal('host'), Type.Literal('daypass')], {
      description: '`daypass`: nobody told us of it; this server found out.',
    }),
    about: Type.Optional(
      Type.String({ description: 'The repository, and its branch, tag or pull request.' }),
    ),
    received: Type.String({ description: 'RFC 3339.' }),
    attempts: Type.Integer(),
    state: Type.Union([Type.Literal('waiting'), Type.Literal('handled')]),
    nextAttempt: Type.Optional(Type.String({ description: 'RFC 3339, while it is waiting.' })),
    handled: Type.Optional(Type.String({ description: 'RFC 3339: the last attempt.' })),
    ignored: Type.Optional(Type.String({ description: 'Why nothing follows from it.' })),
    problem: Type.Optional(Type.String({ description: 'What went wrong, and what to mend.' })),
    stacks: Type.Optional(Type.Array(StackOutcome)),
    notConcerned: Type.Optional(
      Type.Record(Type.String(), Type.Integer(), {
        description: 'How many stacks of the repository it was not for, by the code of the reason.',
      }),
    ),
  },
  { title: 'GitDelivery' },
)
export type GitDelivery = Static<typeof GitDelivery>

export const ListGitDeliveriesResponse = Type.Object(
  { deliveries: Type.Array(GitDelivery) },
  { title: 'ListGitDeliveriesResponse' },
)

export const GitDeliveryDetails = Type.Object(
  {
    ...GitDelivery.properties,
    headers: Type.Record(Type.String(), Type.String()),
    body: Type.String({ description: 'As it came.' }),
  },
  { title: 'GitDeliveryDetails' },
)
export type GitDeliveryDetails = Static<typeof GitDeliveryDetails>
