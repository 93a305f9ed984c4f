/** Deployments of a stack and of an organization, section 3.3 to 3.9 of the contract. */
import { createHmac } from 'node:crypto'
import { expect } from 'vitest'
import type { ContractArea, ContractRow, Known } from '../row.ts'

const OPERATIONS = ['update', 'preview', 'refresh', 'destroy', 'detect-drift', 'remediate-drift']
const QUEUE = { stack: 'queue' }
const CREATED = { status: 202, answers: 'CreateDeploymentResponse' } as const

const eachOperation: readonly ContractRow[] = OPERATIONS.map((operation) => ({
  call: 'POST {S}/deployments',
  at: QUEUE,
  body: { operation },
  keeps: { queuedId: 'id' },
  ...CREATED,
}))

const refusals: readonly ContractRow[] = [
  {},
  { operation: 'up' },
  { operation: 'update', operationContext: { operation: 'update' } },
].map((body) => ({ call: 'POST {S}/deployments', at: QUEUE, body, status: 400, answers: 'ErrorBody' }))

/** What the CLI sends for `pulumi up --remote`, and what a client generated from the description does. */
const fromClients: readonly ContractRow[] = [
  {
    operation: 'update',
    inheritSettings: false,
    executorContext: { workingDirectory: '' },
    sourceContext: {
      git: { repoUrl: 'https://git.example.com/app.git', branch: 'refs/heads/main', repoDir: '' },
    },
    operationContext: {
      preRunCommands: null,
      operation: '',
      environmentVariables: { A: 'x', B: { secret: 'y' } },
    },
    agentPoolID: null,
  },
  {
    tag: null,
    executorContext: null,
    sourceContext: null,
    gitHub: null,
    vcs: null,
    operationContext: null,
    agentPoolID: null,
    cacheOptions: null,
    operation: 'update',
    inheritSettings: true,
  },
].map((body) => ({ call: 'POST {S}/deployments', at: { stack: 'idle' }, body, ...CREATED }))

const readBack = (body: unknown, known: Known): void =>
  expect(body).toMatchObject({
    id: known['deploymentId'],
    status: 'succeeded',
    version: 1,
    latestVersion: 2,
    pulumiOperation: 'update',
    requestedBy: { githubLogin: 'admin' },
    configuration: {
      environmentVariables: [
        { name: 'KEY', secret: true },
        { name: 'WHO', value: 'the contract', secret: false },
      ],
      source: { git: { branch: 'main' } },
    },
  })

export const deployments: ContractArea = {
  title: 'Deployments',
  rows: [
    ...eachOperation,
    ...refusals,
    ...fromClients,
    {
      call: 'GET {S}/deployments',
      query: 'page=1&pageSize=1&sort=version&asc=true',
      answers: 'ListDeploymentResponseV2',
      holds: (body) =>
        expect(body).toMatchObject({
          total: 2,
          itemsPerPage: 1,
          deployments: [{ version: 1, updates: [{}] }],
        }),
    },
    { call: 'GET {S}/deployments', at: QUEUE, answers: 'ListDeploymentResponseV2' },
    { call: 'GET {S}/deployments', query: 'pageSize=101', status: 400, answers: 'ErrorBody' },
    { call: 'GET {S}/deployments/{deploymentId}', answers: 'GetDeploymentResponse', holds: readBack },
    { call: 'GET {S}/deployments/version/{version}', answers: 'GetDeploymentResponse', holds: readBack },
    {
      call: 'GET {S}/deployments/{deploymentId}/updates',
      answers: 'UpdateInfos',
      holds: (body) => expect(body).toMatchObject([{ info: { kind: 'update', result: 'succeeded' } }]),
    },
    {
      call: 'GET {S}/deployments/{deploymentId}/logs',
      answers: 'DeploymentLogs',
      holds: (body) => {
        const { lines } = body as { lines: { header?: string }[] }
        expect(lines.map(({ header }) => header)).toContain('pulumi update')
      },
    },
    {
      call: 'GET {S}/deployments/{deploymentId}/logs',
      query: 'job=0&step=0&offset=0&count=1',
      answers: 'DeploymentLogsStep',
      holds: (body) => expect(body).toMatchObject({ name: 'Setup', lines: [{}] }),
    },
    {
      call: 'GET {S}/deployments/{deploymentId}/logs',
      query: 'job=0&step=0&count=500',
      status: 400,
      answers: 'ErrorBody',
    },
    { call: 'POST {S}/deployments/{queuedId}/cancel', at: QUEUE },
    { call: 'POST {S}/deployments/pause' },
    { call: 'POST {S}/deployments/pause', at: { stack: 'bare' }, status: 400, answers: 'ErrorBody' },
    {
      call: 'GET {S}/deployments/metadata',
      answers: 'StackMetadata',
      holds: (body) =>
        expect(body).toMatchObject({ paused: true, stackPaused: true, organizationPaused: false }),
    },
    { call: 'POST {S}/deployments/resume' },
    { call: 'DELETE {S}/deployments/cache' },
    {
      call: 'GET /api/orgs/{org}/deployments',
      query: 'page=2&pageSize=2',
      answers: 'ListDeploymentResponseV2',
      holds: (body) => expect(body).toMatchObject({ itemsPerPage: 2, deployments: [{}, {}] }),
    },
    { call: 'POST /api/orgs/{org}/deployments/pause' },
    {
      call: 'GET /api/orgs/{org}/deployments/metadata',
      answers: 'OrganizationDeployments',
      holds: (body) => expect(body).toMatchObject({ paused: true, deploymentCounts: { succeeded: 2 } }),
    },
    { call: 'POST /api/orgs/{org}/deployments/resume' },
    {
      call: 'GET /api/orgs/{org}/deployments/summary',
      query: 'granularity=daily&lookbackDays=2',
      answers: 'UsageSummary',
      differs: 'minutes and hours of runners, rounded up, stand where Pulumi counts resources',
      holds: (body) => expect(body).toMatchObject({ summary: [{}] }),
    },
    { call: 'GET /api/orgs/{org}/deployments/summary', status: 400, answers: 'ErrorBody' },
    {
      call: 'GET /api/orgs/{org}/deployments/usagereport',
      query: 'lookbackDays=2',
      answers: 'UsageRecords',
      holds: (body) => expect(body).toMatchObject([{ Count: 2 }]),
    },
    {
      call: 'POST /api/preview/{org}/{project}/{stack}/deployments',
      body: { operationContext: { operation: 'update' } },
      notOffered: 'the preview API, which Pulumi has announced to end in 2024; its settings are there',
    },
    {
      call: 'GET /api/preview/{org}/{project}/{stack}/deployments',
      notOffered: 'the preview API, which Pulumi has announced to end in 2024; its settings are there',
    },
  ],
}

const OWN_RUNNER = "Daypass has its own runner; what Pulumi's agents say beyond these is not public"

export const agents: ContractArea = {
  title: 'Agents',
  rows: [
    { call: 'GET /api/deployments/poll', notOffered: OWN_RUNNER },
    { call: 'GET /api/deployments/{deploymentId}/status', notOffered: OWN_RUNNER },
    { call: 'GET /api/deployments/executor', notOffered: OWN_RUNNER },
  ],
}

/** What Pulumi's answers look like is not public. */
const OWN_CONNECTIONS = 'git hosts are connected at `/api/daypass/orgs/{org}/git-hosts`'
const INTEGRATIONS = '/api/console/orgs/{org}/integrations'

/** Section 4.2: what a push of a host without an app of its own calls, and how such a host is registered. */
export const gitHosts: ContractArea = {
  title: 'Git hosts',
  rows: [
    {
      call: 'POST /workflow/generic-vcs',
      body: {
        event: 'push',
        commit: 'b'.repeat(40),
        branch: 'main',
        repoUrl: 'https://forge.example.com/acme/web.git',
        sender: 'octo',
        changedFiles: ['index.ts'],
      },
      headers: ({ vcsId = '', vcsSecret = '' }, sent) => ({
        'x-generic-vcs-integration-id': vcsId,
        'x-generic-vcs-signature': `v1=${createHmac('sha256', vcsSecret).update(sent).digest('hex')}`,
      }),
      status: 202,
      // Pulumi documents no body.
      contentType: /^application\/json\b/,
      holds: (body) => expect(body).toEqual({ status: 'stored' }),
    },
    { call: `GET ${INTEGRATIONS}`, notOffered: OWN_CONNECTIONS },
    { call: `POST ${INTEGRATIONS}/custom`, body: { name: 'forge' }, notOffered: OWN_CONNECTIONS },
  ],
}

export const drift: ContractArea = {
  title: 'Drift',
  rows: [
    {
      call: 'GET {S}/drift/status',
      answers: 'DriftStatus',
      holds: (body, known) =>
        expect(body).toMatchObject({ driftDetected: false, latestDriftRun: known['runId'] }),
    },
    {
      call: 'GET {S}/drift/runs',
      query: 'page=1&pageSize=5',
      answers: 'DriftRuns',
      holds: (body) =>
        expect(body).toMatchObject({ total: 1, driftRuns: [{ status: 'succeeded', detectUpdate: {} }] }),
    },
    { call: 'GET {S}/drift/runs/{runId}', answers: 'DriftRun' },
  ],
}
