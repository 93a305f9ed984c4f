/** The few calls of Pulumi's REST API that the demo makes, as any script would make them. */

export interface DeploymentRead {
  readonly status: string
  readonly version: number
  readonly configuration?: { readonly source?: { readonly git?: { readonly commit?: string } } }
}

export interface Connection {
  readonly eventsUrl: string
  readonly webhookSecret: string
}

export interface Api {
  readonly createStack: (stack: string) => Promise<void>
  readonly deploy: (stack: string, request: object) => Promise<{ id: string; version: number }>
  readonly saveSettings: (stack: string, settings: object) => Promise<void>
  readonly connectGitHost: (about: object) => Promise<Connection>
  /** Of the stack's deployments. */
  readonly newest: (stack: string) => Promise<{ readonly id: string; readonly version: number } | undefined>
  readonly deployment: (stack: string, id: string) => Promise<DeploymentRead>
  /** A page of the log; `nextToken` is missing when the deployment is over and all of it was read. */
  readonly log: (stack: string, id: string, token?: string) => Promise<LogPage>
  readonly outputs: (stack: string) => Promise<Record<string, unknown>>
}

export interface LogPage {
  readonly lines: readonly { readonly header?: string; readonly line?: string }[]
  readonly nextToken?: string
}

export function connect(url: string, token: string, organization: string, project: string): Api {
  const callAt = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(url + path, {
      method,
      headers: { authorization: `token ${token}`, 'content-type': 'application/json' },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`)
    return text ? JSON.parse(text) : undefined
  }
  const call = (method: string, path: string, body?: object) =>
    callAt(method, `/api/stacks/${organization}/${project}${path}`, body)
  return {
    createStack: async (stackName) => void (await call('POST', '', { stackName })),
    deploy: async (stack, request) =>
      (await call('POST', `/${stack}/deployments`, request)) as { id: string; version: number },
    saveSettings: async (stack, settings) =>
      void (await call('PUT', `/${stack}/deployments/settings`, settings)),
    connectGitHost: async (about) =>
      (await callAt('POST', `/api/daypass/orgs/${organization}/git-hosts`, about)) as Connection,
    newest: async (stack) => {
      const { deployments } = (await call('GET', `/${stack}/deployments?pageSize=1`)) as Listed
      return deployments[0]
    },
    deployment: async (stack, id) => (await call('GET', `/${stack}/deployments/${id}`)) as DeploymentRead,
    log: async (stack, id, next) =>
      (await call(
        'GET',
        `/${stack}/deployments/${id}/logs${next ? `?continuationToken=${next}` : ''}`,
      )) as LogPage,
    outputs: async (stack) => outputsIn(await call('GET', `/${stack}/export`)),
  }
}

interface Listed {
  readonly deployments: readonly { readonly id: string; readonly version: number }[]
}

interface Exported {
  readonly deployment: {
    readonly resources?: readonly { readonly type: string; readonly outputs?: Record<string, unknown> }[]
  }
}

function outputsIn(exported: unknown): Record<string, unknown> {
  const resources = (exported as Exported).deployment.resources ?? []
  return resources.find((resource) => resource.type === 'pulumi:pulumi:Stack')?.outputs ?? {}
}
