/** Who may do what: pools of runners and tokens (4.7, 5.1), people and teams (5.3), logins by OpenID Connect (5.2). */
import { expect } from 'vitest'
import type { ContractArea } from '../row.ts'

const POOLS = '/api/orgs/{org}/agent-pools'

export const pools: ContractArea = {
  title: 'Pools of runners',
  rows: [
    {
      call: `POST ${POOLS}`,
      body: { name: 'contract', description: 'of the contract' },
      answers: 'CreateAccessTokenResponse',
      holds: (body) => expect(body).toMatchObject({ tokenValue: expect.stringMatching(/^dpp-/) }),
      differs: 'the token begins with `dpp-`, where those of people begin with `pul-`',
      keeps: { poolId: 'id' },
    },
    { call: `GET ${POOLS}`, answers: 'AgentPools' },
    { call: `GET ${POOLS}/{poolId}`, answers: 'AgentPoolDetail' },
    { call: `PATCH ${POOLS}/{poolId}`, body: { name: 'renamed', description: '' }, answers: 'PatchedPool' },
    { call: `DELETE ${POOLS}/{poolId}`, query: 'force=true', status: 204 },
  ],
}

const PERSONAL = '/api/user/tokens'
const OF_ORGANIZATION = '/api/orgs/{org}/tokens'
const OF_TEAM = '/api/orgs/{org}/teams/{team}/tokens'

export const tokens: ContractArea = {
  title: 'Access tokens',
  rows: [
    {
      call: `POST ${PERSONAL}`,
      body: { description: 'of the contract', expires: 0 },
      answers: 'CreateAccessTokenResponse',
      keeps: { tokenId: 'id' },
    },
    { call: `GET ${PERSONAL}`, answers: 'AccessTokens' },
    { call: `DELETE ${PERSONAL}/{tokenId}`, status: 204 },
    {
      call: `POST ${OF_ORGANIZATION}`,
      body: { name: 'contract', description: 'of the contract', expires: 0, admin: false, roleID: null },
      answers: 'CreateAccessTokenResponse',
      keeps: { tokenId: 'id' },
    },
    { call: `GET ${OF_ORGANIZATION}`, answers: 'AccessTokens' },
    { call: `DELETE ${OF_ORGANIZATION}/{tokenId}`, status: 204 },
  ],
}

const MEMBERS = '/api/orgs/{org}/members'
const TEAMS = '/api/orgs/{org}/teams'
const SECOND = { login: 'second' }

export const people: ContractArea = {
  title: 'People, teams and the organization',
  rows: [
    {
      call: 'GET /api/user',
      answers: 'User',
      holds: (body) =>
        expect(body).toMatchObject({
          githubLogin: 'admin',
          organizations: [{ githubLogin: 'main', role: 'admin' }],
        }),
    },
    { call: 'GET /api/user/organizations/default', answers: 'DefaultOrganization' },
    { call: 'POST /api/user/organizations/{org}/default', status: 204 },
    { call: 'GET /api/orgs/{org}/metadata', answers: 'OrganizationMetadata' },
    {
      call: 'PATCH /api/orgs/{org}',
      body: { setMembersCanCreateStacks: true },
      answers: 'OrganizationMetadata',
    },
    { call: 'GET /api/orgs/{org}/roles', query: 'uxPurpose=role', answers: 'Roles' },
    { call: `GET ${MEMBERS}`, query: 'type=backend', answers: 'Members' },
    { call: `POST ${MEMBERS}/{login}`, at: SECOND, body: { role: 'member' }, answers: 'Member' },
    { call: `PATCH ${MEMBERS}/{login}`, at: SECOND, body: { role: 'admin', fgaRoleId: null }, status: 204 },
    { call: `GET ${MEMBERS}/{login}/teams`, at: SECOND, answers: 'MemberTeams' },
    { call: `DELETE ${MEMBERS}/{login}`, at: SECOND, status: 204 },
    {
      call: `POST ${TEAMS}/pulumi`,
      body: { name: 'builders', displayName: 'Builders', description: '' },
      answers: 'Team',
      keeps: { team: 'name' },
    },
    { call: `GET ${TEAMS}`, answers: 'Teams' },
    { call: `GET ${TEAMS}/{team}`, answers: 'Team' },
    {
      call: `PATCH ${TEAMS}/{team}`,
      body: { addStackPermission: { projectName: 'shop', stackName: 'dev', permission: 102 } },
      status: 204,
    },
    { call: 'GET {S}/teams', answers: 'StackTeams' },
    {
      call: 'PATCH /api/console/stacks/{org}/{project}/{stack}/teams/{team}',
      body: { permissions: 101 },
      status: 204,
    },
    { call: 'GET {S}/collaborators', answers: 'Collaborators' },
    { call: 'DELETE {S}/collaborators/{login}', status: 204 },
    {
      call: `POST ${OF_TEAM}`,
      body: { name: 'contract-team', description: '', expires: 0 },
      answers: 'CreateAccessTokenResponse',
      keeps: { tokenId: 'id' },
    },
    { call: `GET ${OF_TEAM}`, answers: 'AccessTokens' },
    { call: `DELETE ${OF_TEAM}/{tokenId}`, status: 204 },
    { call: `DELETE ${TEAMS}/{team}`, status: 204 },
  ],
}

const AUDIT = '/api/orgs/{org}/auditlogs'
const NOW = String(Math.floor(Date.now() / 1000) + 60)
const OWN_EVENTS = 'the events are those of Daypass'

export const audit: ContractArea = {
  title: 'Audit log',
  rows: [
    {
      call: `GET ${AUDIT}`,
      query: `startTime=${NOW}&userFilter=admin`,
      answers: 'AuditLogs',
      differs: OWN_EVENTS,
      holds: (body) =>
        expect(body).toMatchObject({ auditLogEvents: expect.arrayContaining([expect.anything()]) }),
    },
    { call: `GET ${AUDIT}/v2`, query: 'startTime=0', answers: 'AuditLogs', differs: OWN_EVENTS },
    { call: `GET ${AUDIT}/event-types`, answers: 'AuditEventTypes', differs: OWN_EVENTS },
    { call: `GET ${AUDIT}/export`, query: `startTime=${NOW}&format=csv`, contentType: /^text\/csv/ },
    { call: `GET ${AUDIT}/v2/export`, query: 'startTime=0&format=csv', contentType: /^text\/csv/ },
    { call: `GET ${AUDIT}/export/config`, notOffered: 'there is no export to S3' },
  ],
}

const ISSUERS = '/api/orgs/{org}/oidc/issuers'
const POLICIES = '/api/orgs/{org}/auth/policies'

const PUBLIC_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'qnPTCQV2czeXINJDDu1wxZ043eOi5yOKfmlGMp6npUE',
  y: '3ZaZsf-8rMKuaeHem2ibJTSg3S3Jex4y2PJt_Pp4NFM',
}

export const inbound: ContractArea = {
  title: 'Logins by OpenID Connect',
  rows: [
    {
      call: `POST ${ISSUERS}`,
      body: { name: 'ci', url: 'https://ci.example.com', jwks: { keys: [PUBLIC_KEY] } },
      answers: 'OidcIssuer',
      keeps: { issuerId: 'id' },
    },
    { call: `GET ${ISSUERS}`, answers: 'OidcIssuers' },
    { call: `GET ${ISSUERS}/{issuerId}`, answers: 'OidcIssuer' },
    { call: `PATCH ${ISSUERS}/{issuerId}`, body: { name: 'renamed' }, answers: 'OidcIssuer' },
    // Its keys were given by hand.
    { call: `POST ${ISSUERS}/{issuerId}/regenerate-thumbprints`, status: 400, answers: 'ErrorBody' },
    {
      call: `GET ${POLICIES}/oidcissuers/{issuerId}`,
      answers: 'AuthPolicy',
      keeps: { policyId: 'id' },
    },
    {
      call: `PATCH ${POLICIES}/{policyId}`,
      body: {
        policies: [
          {
            decision: 'allow',
            tokenType: 'organization',
            authorizedPermissions: [],
            rules: { aud: 'urn:pulumi:org:main', sub: 'repo:acme/web:*' },
          },
        ],
      },
      answers: 'AuthPolicy',
    },
    {
      call: 'POST /api/oauth/token',
      body: {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        audience: 'urn:pulumi:org:main',
        subject_token: 'not.a.token',
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        requested_token_type: 'urn:pulumi:token-type:access_token:organization',
      },
      status: 400,
      answers: 'OAuthError',
    },
    { call: `DELETE ${ISSUERS}/{issuerId}`, status: 204 },
  ],
}

export const description: ContractArea = {
  title: 'The description of the API',
  rows: [
    {
      call: 'GET /api/openapi/pulumi-spec.json',
      answers: 'OpenApi',
      differs: 'it describes what Daypass has',
      holds: (body) => expect(body).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) }),
    },
  ],
}
