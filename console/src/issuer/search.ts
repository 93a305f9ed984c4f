/** What of the issuer's page stands in its address. */

export const CLOUDS = ['aws', 'azure', 'google'] as const
export type Cloud = (typeof CLOUDS)[number]

export interface IssuerSearch {
  /** `project/stack` whose deployments a cloud is to trust. */
  readonly stack?: string
  readonly cloud?: Cloud
}

export function readIssuerSearch({ stack, cloud }: Record<string, unknown>): IssuerSearch {
  const known = CLOUDS.find((one) => one === cloud)
  return {
    ...(typeof stack === 'string' && /^[^/]+\/[^/]+$/.test(stack) && { stack }),
    ...(known && { cloud: known }),
  }
}
