/** An event as the host itself would send it to show that it can: signed, through the public address. */
import { createHmac, randomUUID } from 'node:crypto'
import type { GitHostKind, GitHostResponse } from '@daypass/contract/git-hosts.ts'
import type { Surroundings } from '../../failed-command.ts'

interface TestEvent {
  readonly arrived: boolean
  readonly sentence: string
}

type Headers = Readonly<Record<string, string>>

const hmac = (secret: string, body: string) => createHmac('sha256', secret).update(body).digest('hex')

const gitHub = (secret: string, body: string): Headers => ({
  'x-github-event': 'ping',
  'x-github-delivery': randomUUID(),
  'x-hub-signature-256': `sha256=${hmac(secret, body)}`,
})

/** Nothing follows from any of them. */
const SIGNED: Readonly<Partial<Record<GitHostKind, (secret: string, body: string) => Headers>>> = {
  'github-app': gitHub,
  github: gitHub,
  'github-enterprise': gitHub,
  gitlab: (secret) => ({
    'x-gitlab-event': 'Test Hook',
    'x-gitlab-token': secret,
    'idempotency-key': randomUUID(),
  }),
  bitbucket: (secret, body) => ({
    'x-event-key': 'daypass:test',
    'x-request-uuid': randomUUID(),
    'x-hub-signature': `sha256=${hmac(secret, body)}`,
  }),
  'azure-devops': (secret) => ({
    authorization: `Basic ${Buffer.from(`daypass:${secret}`).toString('base64')}`,
  }),
  gitea: (secret, body) => ({
    'x-gitea-event': 'ping',
    'x-gitea-delivery': randomUUID(),
    'x-gitea-signature': hmac(secret, body),
  }),
  custom: (secret, body) => ({ 'x-generic-vcs-signature': `v1=${hmac(secret, body)}` }),
}

const TIMEOUT_SECONDS = 10

export async function sendTestEvent(
  { kind, eventsUrl, webhookSecret }: GitHostResponse,
  { fetch }: Pick<Surroundings, 'fetch'>,
): Promise<TestEvent> {
  const sign = SIGNED[kind]
  if (sign === undefined || webhookSecret === undefined)
    return { arrived: false, sentence: 'No test event was sent: this kind of host has none.' }
  const body = JSON.stringify({ event: 'ping', zen: 'A test event of daypass.' })
  const headers = { 'content-type': 'application/json', ...sign(webhookSecret, body) }
  return postTestEvent(eventsUrl, { headers, body }, fetch)
}

/** One that is signed already. */
export async function postTestEvent(
  eventsUrl: string,
  { headers, body }: { readonly headers: Headers; readonly body: string },
  fetch: Surroundings['fetch'],
): Promise<TestEvent> {
  try {
    const answer = await fetch(eventsUrl, {
      method: 'POST',
      headers,
      body,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1000),
    })
    if (answer.ok)
      return { arrived: true, sentence: 'A signed test event reached the webhook URL from here.' }
    const sentence = `The webhook URL answered ${answer.status} to a test event: something between here and the server changes it.`
    return { arrived: false, sentence }
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
    const sentence = `No test event reached the webhook URL from here (${cause}). The host has to reach it: check --base-url and the proxy before the server.`
    return { arrived: false, sentence }
  }
}
