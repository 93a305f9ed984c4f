/** Deployment settings, sections 3.4 and 3.5 of the contract: its full example, and each rule of the merge. */
import { expect } from 'vitest'
import type { ContractArea, ContractRow } from '../row.ts'

const AT = { stack: 'settings' }

const FULL = {
  tag: 'kept',
  executorContext: {
    executorImage: {
      reference: 'pulumi/pulumi:latest',
      credentials: { username: 'u', password: { secret: 'image-password' } },
    },
  },
  sourceContext: { git: { branch: 'refs/heads/main', repoDir: 'infra' } },
  gitHub: {
    repository: 'contoso/core',
    deployCommits: true,
    previewPullRequests: true,
    pullRequestTemplate: false,
    paths: ['infra/**', '!infra/docs/**'],
  },
  operationContext: {
    preRunCommands: ['./prepare.sh'],
    environmentVariables: { AWS_REGION: 'eu-west-1', API_KEY: { secret: 's3cr3t' } },
    options: { skipInstallDependencies: false, skipIntermediateDeployments: true, deleteAfterDestroy: false },
    oidc: {
      aws: {
        roleArn: 'arn:aws:iam::123456789012:role/deploy',
        sessionName: 'pulumi-${deployment.version}',
        duration: '1h0m0s',
        policyArns: [],
      },
    },
  },
  cacheOptions: { enable: true },
  agentPoolID: null,
}

const SEALED = { secret: '', ciphertext: expect.stringMatching(/^[A-Za-z0-9+/]+=*$/) }

function holdsFull(body: unknown): void {
  const { agentPoolID: _none, executorContext: _image, ...plain } = FULL
  expect(body).toMatchObject({
    ...plain,
    executorContext: {
      executorImage: { reference: 'pulumi/pulumi:latest', credentials: { username: 'u', password: SEALED } },
    },
    operationContext: {
      ...plain.operationContext,
      environmentVariables: { AWS_REGION: 'eu-west-1', API_KEY: SEALED },
    },
    version: expect.any(Number),
  })
  expect(JSON.stringify(body)).not.toMatch(/s3cr3t|image-password/)
}

/** An absent key keeps, null deletes, an object merges, an array replaces. */
const MERGED: ContractRow = {
  call: 'POST {S}/deployments/settings',
  at: AT,
  body: {
    tag: null,
    gitHub: { paths: ['src/**'] },
    operationContext: { environmentVariables: { AWS_REGION: null, MORE: 'x' }, preRunCommands: ['a', 'b'] },
  },
  answers: 'DeploymentSettings',
  holds: (body) => {
    expect(body).toMatchObject({
      gitHub: { repository: 'contoso/core', paths: ['src/**'] },
      operationContext: { preRunCommands: ['a', 'b'] },
    })
    const { tag, operationContext } = body as {
      tag?: string
      operationContext: { environmentVariables: Record<string, unknown> }
    }
    expect(tag).toBeUndefined()
    expect(Object.keys(operationContext.environmentVariables).sort()).toEqual(['API_KEY', 'MORE'])
  },
}

const LEGACY = '/api/preview/{org}/{project}/{stack}/deployment/settings'

export const settings: ContractArea = {
  title: 'Settings',
  rows: [
    { call: 'GET {S}/deployments/settings', at: AT, status: 404, answers: 'ErrorBody' },
    {
      call: 'PUT {S}/deployments/settings',
      at: AT,
      body: FULL,
      answers: 'DeploymentSettings',
      holds: holdsFull,
    },
    { call: 'GET {S}/deployments/settings', at: AT, answers: 'DeploymentSettings', holds: holdsFull },
    MERGED,
    {
      call: 'POST {S}/deployments/settings',
      at: AT,
      body: { agentPoolID: 'no-such-pool' },
      status: 400,
      answers: 'ErrorBody',
    },
    { call: 'POST {S}/deployments/settings/encrypt', at: AT, body: { secret: 'x' }, answers: 'SecretValue' },
    {
      call: 'POST {S}/deployments/settings/encrypt',
      at: AT,
      body: { secret: '' },
      status: 400,
      answers: 'ErrorBody',
    },
    { call: 'DELETE {S}/deployments/settings', at: AT, answers: 'Removed' },
    { call: `PUT ${LEGACY}`, at: AT, body: FULL, answers: 'DeploymentSettings', holds: holdsFull },
    { call: `GET ${LEGACY}`, at: AT, answers: 'DeploymentSettings', holds: holdsFull },
    { call: `POST ${LEGACY}`, at: AT, body: { tag: 'y' }, answers: 'DeploymentSettings' },
    { call: `POST ${LEGACY}/encrypt`, at: AT, body: { secret: 'x' }, answers: 'SecretValue' },
    { call: `DELETE ${LEGACY}`, at: AT, answers: 'Removed' },
  ],
}
