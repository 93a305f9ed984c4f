/** What of the list of deployments stands in its address. */
export interface DeploymentListSearch {
  /** From 1; absent for the first. */
  readonly page?: number
}

export function readDeploymentListSearch({ page }: Record<string, unknown>): DeploymentListSearch {
  return typeof page === 'number' && Number.isInteger(page) && page > 1 ? { page } : {}
}

/** What of a deployment's page stands in its address. */
export interface DeploymentSearch {
  /** What is unfolded. */
  readonly show?: 'identity'
}

export function readDeploymentSearch({ show }: Record<string, unknown>): DeploymentSearch {
  return show === 'identity' ? { show } : {}
}
