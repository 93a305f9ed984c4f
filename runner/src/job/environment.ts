/**
 * Which variables each kind of step has. Three kinds, from least to most: fetching the source (nothing of the
 * user's), installing dependencies (the user's plain variables, unless they look like credentials), and the user's
 * own commands and program (everything).
 */
import { join } from 'node:path'
import type { JobSpec } from '@daypass/contract/job-protocol.ts'
import { isVariableName } from '../launch/entry.ts'
import { requestVariables } from './broker/id-token-request.ts'
import { cloudVariables } from './cloud-variables.ts'
import type { JobContext } from './context.ts'
import { TOKEN_FILE } from './identity.ts'

export type Environment = Record<string, string>

/** A name that says that the value is a secret. A plain variable with such a name stays out of the dependency step, in which foreign install scripts run. */
export const CREDENTIAL_NAME =
  /TOKEN|SECRET|PASSW|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|^(?:AWS|ARM|AZURE|GOOGLE|GCP|PULUMI)_/i

export function sourceEnvironment({
  paths,
  settings,
}: {
  readonly paths: JobContext['paths']
  readonly settings: Pick<JobContext['settings'], 'forwardedEnvironment' | 'usesProxy'>
}): Environment {
  return {
    ...settings.forwardedEnvironment,
    PATH: paths.searchPath,
    HOME: paths.home,
    TMPDIR: paths.temp,
    USER: 'job',
    LOGNAME: 'job',
    LANG: 'C.UTF-8',
    // Node.js trusts a list of its own otherwise, where git and Go trust what the machine trusts.
    NODE_USE_SYSTEM_CA: '1',
    ...(settings.usesProxy ? { NODE_USE_ENV_PROXY: '1' } : {}),
  }
}

export function dependencyEnvironment(context: JobContext): Environment {
  const plain = context.spec.environment.filter(
    ({ name, secret }) => !secret && isVariableName(name) && !CREDENTIAL_NAME.test(name),
  )
  return {
    ...sourceEnvironment(context),
    PULUMI_HOME: pulumiHome(context),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    CI: 'true',
    COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
    DOTNET_CLI_TELEMETRY_OPTOUT: '1',
    DOTNET_NOLOGO: '1',
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    PIP_DISABLE_PIP_VERSION_CHECK: '1',
    ...Object.fromEntries(plain.map(({ name, value }) => [name, value])),
  }
}

/** @param token Of this step; undefined without an `oidc` block. */
export function programEnvironment(context: JobContext, token: string | undefined): Environment {
  const { spec, paths, findings } = context
  const own = Object.fromEntries(
    spec.environment.filter(({ name }) => isVariableName(name)).map(({ name, value }) => [name, value]),
  )
  return {
    ...sourceEnvironment(context),
    PULUMI_ACCESS_TOKEN: spec.stackToken,
    PULUMI_BACKEND_URL: spec.backendUrl,
    PULUMI_HOME: pulumiHome(context),
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    // The CLI holds each step's state for 50 ms to send several at once, and the next step waits for it.
    PULUMI_JOURNALING_BATCH_PERIOD: '5',
    PULUMI_ENV: paths.environmentFile,
    PULUMI_ENV_FILE: paths.environmentFile,
    ...githubToken(spec),
    ...buildVariables(spec),
    ...identityVariables(context, token),
    ...cloudVariables(context, own, token),
    ...own,
    ...Object.fromEntries(findings.published),
  }
}

/** What Pulumi tells a program about the build that it is part of. */
function buildVariables(spec: JobSpec): Environment {
  const { commit = null, tag = null, commitBranch = null } = spec.source ?? {}
  const branch = spec.source?.branch ?? commitBranch
  const tagName = tag ?? (branch?.startsWith('refs/tags/') ? branch.slice('refs/tags/'.length) : undefined)
  return {
    PULUMI_CI_SYSTEM: 'Pulumi Deployments',
    PULUMI_CI_BUILD_ID: spec.deploymentId,
    PULUMI_CI_BUILD_NUMBER: String(spec.version),
    PULUMI_CI_BUILD_URL: spec.consoleUrl,
    PULUMI_CI_ORGANIZATION: spec.organization,
    PULUMI_CI_PROJECT: spec.project,
    PULUMI_CI_STACK: spec.stack,
    PULUMI_CI_OPERATION: spec.operation,
    ...(tagName === undefined ? {} : { PULUMI_CI_TAG_NAME: tagName }),
    ...(branch && tagName === undefined
      ? { PULUMI_CI_BRANCH_NAME: branch.replace(/^refs\/heads\//, '') }
      : {}),
    ...(spec.pullRequestNumber === null ? {} : { PULUMI_PR_NUMBER: String(spec.pullRequestNumber) }),
    ...(spec.pullRequestNumber !== null && commit !== null ? { PULUMI_CI_PULL_REQUEST_SHA: commit } : {}),
  }
}

/** Of the configured access token, and only where it is GitHub's: programs send this variable to github.com. */
function githubToken({ source }: JobSpec): Environment {
  if (source?.auth?.kind !== 'token' || !URL.canParse(source.repoUrl)) return {}
  return new URL(source.repoUrl).host === 'github.com' ? { GITHUB_TOKEN: source.auth.token } : {}
}

function identityVariables({ spec, paths, findings }: JobContext, token: string | undefined): Environment {
  const configJson = spec.identity?.configJson
  return {
    ...(token !== undefined && {
      PULUMI_OIDC_TOKEN: token,
      PULUMI_OIDC_TOKEN_FILE: join(paths.identity, TOKEN_FILE),
    }),
    ...(configJson != null && { PULUMI_DEPLOY_OIDC_CONFIG: configJson }),
    ...(findings.broker && requestVariables(findings.broker)),
  }
}

function pulumiHome({ paths }: JobContext): string {
  return join(paths.home, '.pulumi')
}
