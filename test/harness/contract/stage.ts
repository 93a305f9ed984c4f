/** What the rows of the contract are called on: stacks, of which one has been deployed by a real runner. */
import { type Receiver, startReceiver } from '../receiver.ts'
import { type System, startSystem } from '../system.ts'
import type { Known } from './row.ts'

export interface Stage {
  readonly system: System
  readonly known: Known
  readonly stop: () => Promise<void>
}

export async function startStage(): Promise<Stage> {
  const receiver = await startReceiver()
  const system = await startSystem({ server: { flags: ['--allow-private-webhooks'] } })
  const stop = async (): Promise<void> => {
    await system.stop()
    await receiver.close()
  }
  try {
    return { system, known: await known(system, receiver), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function known(system: System, receiver: Receiver): Promise<Known> {
  for (const stack of ['dev', 'queue', 'idle', 'settings', 'bare']) await system.addStack(stack)
  await system.server.call('POST', '/api/daypass/users', { login: 'second' })
  const { body: pool } = await system.server.call('POST', '/api/orgs/main/agent-pools', {
    name: 'nobody',
    description: 'has no runner, so that what is asked of it waits',
  })
  const settings = {
    sourceContext: { git: { repoUrl: system.repoUrl, branch: 'main' } },
    operationContext: {
      preRunCommands: ['echo -n "$WHO" > caller.txt'],
      environmentVariables: { WHO: 'the contract', KEY: { secret: 'correct horse' } },
    },
  }
  const put = (stack: string, body: object) =>
    system.server.call('PUT', `/api/stacks/main/shop/${stack}/deployments/settings`, body)
  await put('dev', settings)
  await put('queue', { ...settings, agentPoolID: pool.id })
  await put('idle', settings)
  await system.server.call('POST', '/api/stacks/main/shop/idle/deployments/pause')
  const { body: vcs } = await system.server.call('POST', '/api/daypass/orgs/main/git-hosts', {
    name: 'forge',
    kind: 'custom',
    webUrl: 'https://forge.example.com',
  })
  const update = await system.deploy('dev', { operation: 'update' })
  const drift = await system.deploy('dev', { operation: 'detect-drift' })
  for (const { status, log } of [update, drift]) if (status !== 'succeeded') throw new Error(log)
  return {
    org: 'main',
    project: 'shop',
    stack: 'dev',
    login: 'admin',
    receiver: receiver.url,
    deploymentId: update.id,
    version: '1',
    runId: drift.id,
    vcsId: vcs.id,
    vcsSecret: vcs.webhookSecret,
  }
}
