/**
 * Where Entra answers, and which resource shows that it let somebody in: of the cloud that the deployment's
 * `ARM_ENVIRONMENT` names, as Azure's own providers read it.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud
 */

export interface AzureCloud {
  /** Without a slash at its end. */
  readonly authorityUrl: string
  /** The scope of Azure Resource Manager. */
  readonly scope: string
  readonly isPublic: boolean
}

const PUBLIC: AzureCloud = {
  authorityUrl: 'https://login.microsoftonline.com',
  scope: 'https://management.azure.com/.default',
  isPublic: true,
}
const US_GOVERNMENT: AzureCloud = {
  authorityUrl: 'https://login.microsoftonline.us',
  scope: 'https://management.usgovcloudapi.net/.default',
  isPublic: false,
}
const CHINA: AzureCloud = {
  authorityUrl: 'https://login.chinacloudapi.cn',
  scope: 'https://management.chinacloudapi.cn/.default',
  isPublic: false,
}

/** Providers write it as `usgovernment`, `AzureUSGovernment` or `AZUREUSGOVERNMENTCLOUD`, and likewise for China. */
export function azureCloud(environment: string | undefined): AzureCloud {
  if (/usgov/i.test(environment ?? '')) return US_GOVERNMENT
  return /china/i.test(environment ?? '') ? CHINA : PUBLIC
}
