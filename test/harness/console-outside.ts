/** What the pages about the world outside have to show (webhooks, git hosts), with a stranger's words where words are taken. */
import { createHmac } from 'node:crypto'
import { startReceiver } from './receiver.ts'
import type { ServerAnswer } from './server.ts'
import type { System } from './system.ts'

export async function writeOutside({ server }: System, hostile: string): Promise<void> {
  const call = (method: string, path: string, body?: object) => must(server.call(method, path, body))
  await writeWebhook(call, hostile)
  await writeStackWebhook(call, hostile)
  await writeGitHost(call, hostile)
}

type Call = (method: string, path: string, body?: object) => Promise<ServerAnswer>

/** One delivery that arrived, with an answer of a stranger, and one that did not. */
async function writeWebhook(call: Call, hostile: string): Promise<void> {
  const receiver = await startReceiver()
  try {
    receiver.answer = (_received, response) =>
      void response.writeHead(200, { 'X-Said': hostile.replaceAll(/[\r\n]/g, '') }).end(hostile)
    await call('POST', '/api/orgs/main/hooks', {
      name: 'ci',
      displayName: hostile.slice(0, 64),
      payloadUrl: `${receiver.url}/hook`,
      secret: 'correct horse',
      filters: ['drift_detected', 'drift_remediation_failed'],
    })
    await call('POST', '/api/orgs/main/hooks/ci/ping')
    receiver.answer = (_received, response) => void response.writeHead(503).end('Not now.')
    await call('POST', '/api/orgs/main/hooks/ci/ping')
  } finally {
    await receiver.close()
  }
}

/** Of a stack: one with a stranger's name and answer, and one that is off and updates another stack. */
async function writeStackWebhook(call: Call, hostile: string): Promise<void> {
  const hooks = '/api/stacks/main/shop/staging/hooks'
  const receiver = await startReceiver()
  try {
    receiver.answer = (_received, response) => void response.writeHead(200).end(hostile)
    const payloadUrl = `${receiver.url}/hook`
    const hook = { payloadUrl, groups: ['deployments'] }
    await call('POST', hooks, { ...hook, name: 'ci', displayName: hostile.slice(0, 64) })
    await call('POST', `${hooks}/ci/ping`)
  } finally {
    await receiver.close()
  }
  await call('POST', hooks, {
    name: 'next',
    displayName: 'Then the shop',
    payloadUrl: 'shop/prod',
    format: 'pulumi_deployments',
    filters: ['update_succeeded'],
    active: false,
  })
}

/** A push to a branch that no stack is deployed from, and one that says nothing true. */
async function writeGitHost(call: Call, hostile: string): Promise<void> {
  const { body: host } = await call('POST', '/api/daypass/orgs/main/git-hosts', {
    name: 'plain',
    kind: 'custom',
    webUrl: 'https://git.example.com',
  })
  await call('POST', '/api/stacks/main/shop/staging/deployments/settings', {
    sourceContext: { git: { branch: 'main' } },
    vcs: { provider: 'custom', repository: 'acme/shop', deployCommits: true },
  })
  const push = {
    event: 'push',
    repoUrl: 'https://git.example.com/acme/shop.git',
    branch: 'feature',
    commit: '0123456789'.repeat(4),
    sender: hostile,
  }
  for (const sent of [{ ...push, commit: hostile }, push]) {
    const body = JSON.stringify(sent)
    const signature = createHmac('sha256', host.webhookSecret).update(body).digest('hex')
    const headers = { 'content-type': 'application/json', 'x-generic-vcs-signature': `v1=${signature}` }
    const answer = await fetch(host.eventsUrl, { method: 'POST', headers, body })
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
  }
}

async function must(answer: Promise<ServerAnswer>): Promise<ServerAnswer> {
  const { status, body } = await answer
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`)
  return answer
}
