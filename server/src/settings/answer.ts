/** Saved settings in the form of Pulumi's API: no secret in clear, and no field a generated client could not read. */
import type { DeploymentSettings, SettingsValue } from '@daypass/contract/settings.ts'
import type { GitAuth, SavedSettings, StoredValue } from './settings.ts'

export function settingsAnswer({ version, source, settings }: SavedSettings): DeploymentSettings {
  const { executorContext, sourceContext, operationContext, ...rest } = settings
  const { executorImage, ...executor } = executorContext ?? {}
  const { git, template } = sourceContext ?? {}
  const { environmentVariables, ...operation } = operationContext ?? {}
  // The parts below replace those with secrets; the rest is answered as it was accepted.
  return {
    version,
    source,
    ...(rest as Partial<DeploymentSettings>),
    ...(executorContext && {
      executorContext: {
        ...executor,
        ...(executorImage && {
          executorImage: {
            reference: executorImage.reference,
            ...(executorImage.credentials && {
              credentials: {
                username: executorImage.credentials.username,
                password: valueAnswer(executorImage.credentials.password),
              },
            }),
          },
        }),
      },
    }),
    ...(sourceContext && {
      sourceContext: {
        ...(git && { git: withAuth(git) }),
        ...(template && { template: withAuth(template) }),
      },
    }),
    ...(operationContext && {
      operationContext: {
        ...(operation as DeploymentSettings['operationContext']),
        ...(environmentVariables && {
          environmentVariables: Object.fromEntries(
            Object.entries(environmentVariables).map(([name, value]) => [name, valueAnswer(value)]),
          ),
        }),
      },
    }),
  } as DeploymentSettings
}

export function valueAnswer(value: StoredValue): SettingsValue {
  return typeof value === 'string' ? value : { secret: '', ciphertext: value.ciphertext }
}

function withAuth<Source extends { readonly gitAuth?: GitAuth<StoredValue> }>(source: Source): object {
  return { ...source, ...(source.gitAuth && { gitAuth: gitAuthAnswer(source.gitAuth) }) }
}

function gitAuthAnswer({ accessToken, sshAuth, basicAuth }: GitAuth<StoredValue>): object {
  return {
    ...(accessToken !== undefined && { accessToken: valueAnswer(accessToken) }),
    ...(sshAuth && {
      sshAuth: {
        sshPrivateKey: valueAnswer(sshAuth.sshPrivateKey),
        ...(sshAuth.password !== undefined && { password: valueAnswer(sshAuth.password) }),
      },
    }),
    ...(basicAuth && {
      basicAuth: { userName: valueAnswer(basicAuth.userName), password: valueAnswer(basicAuth.password) },
    }),
  }
}
