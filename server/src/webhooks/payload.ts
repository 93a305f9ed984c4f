/** What is sent: the event as Pulumi writes it, or as a chat shows it. */
import { consoleUrlOf } from '../deployments/deployment.ts'
import type { HappenedEvent, Person } from '../outbox/event.ts'
import type { Format } from './webhook.ts'

interface Told {
  readonly payload: object
  /** For people. */
  readonly sentence: string
  readonly url: string
}

/** The body, byte for byte. */
export function bodyFor(format: Format, event: HappenedEvent, baseUrl: string): string {
  return formatted(format, told(event, baseUrl))
}

export function pingBody(format: Format, now: Date, baseUrl: string): string {
  const payload = { timestamp: Math.floor(now.getTime() / 1000), message: 'ping' }
  return formatted(format, { payload, sentence: 'A ping from Daypass: this webhook works.', url: baseUrl })
}

function formatted(format: Format, { payload, sentence, url }: Told): string {
  switch (format) {
    case 'raw':
    case 'pulumi_deployments':
      return JSON.stringify(payload)
    case 'slack':
      return JSON.stringify({ text: `${forSlack(sentence)} <${url}|Details>` })
    case 'ms_teams':
      return JSON.stringify(teamsMessage(sentence, url))
  }
}

function told({ event, facts, happenedAt }: HappenedEvent, baseUrl: string): Told {
  const { organization, project, stack, deployment, update, drift } = facts
  const names = { organization, project, stack }
  const path = `${organization}/${project}/${stack}`
  const common = {
    ...(facts.user && { user: personAnswer(facts.user) }),
    organization: personAnswer({ name: organization, login: organization }),
    projectName: project,
    stackName: stack,
  }
  const by = facts.user ? ` (${facts.user.name || facts.user.login})` : ''
  const ending = event.slice(event.lastIndexOf('_') + 1)
  const stackUrl = `${baseUrl}/${path}`
  if (drift) {
    const url = deployment
      ? consoleUrlOf(baseUrl, names, deployment.version)
      : `${stackUrl}/previews/${drift.driftRunId}`
    const { driftRunId, driftDetected, resourceChanges } = drift
    const status = ending === 'failed' ? 'failed' : 'succeeded'
    const isRemediation = event.startsWith('drift_remediation')
    const payload = {
      ...common,
      ...(!isRemediation && { driftDetected, driftRunId }),
      status,
      resourceChanges,
      referenceUrl: url,
    }
    const what = isRemediation ? 'Drift remediation' : 'Drift detection'
    const found =
      isRemediation || status === 'failed' ? '' : driftDetected ? ': there is drift' : ': there is no drift'
    return { payload, url, sentence: `${what} of ${path} has ${status}${found}.` }
  }
  if (deployment) {
    const { version, operation } = deployment
    const url = consoleUrlOf(baseUrl, names, version)
    const status = STATUSES[ending] ?? ending
    const payload = { ...common, deploymentUrl: url, version, operation, status }
    return { payload, url, sentence: `Deployment ${version} (${operation}) of ${path}${by}: ${status}.` }
  }
  if (update) {
    const { id, version, kind, dryRun, resourceChanges } = update
    const url = dryRun ? `${stackUrl}/previews/${id}` : `${stackUrl}/updates/${version ?? 0}`
    const payload = { ...common, updateUrl: url, kind, result: ending, resourceChanges, isPreview: dryRun }
    const what = dryRun ? 'Preview' : kind.charAt(0).toUpperCase() + kind.slice(1)
    return { payload, url, sentence: `${what} of ${path}${by} has ${ending}${changesText(resourceChanges)}.` }
  }
  const payload = { ...common, action: ending }
  const at = happenedAt.toISOString()
  return { payload, url: stackUrl, sentence: `Stack ${path} was ${ending}${by} at ${at}.` }
}

/** The API's words for where a deployment is. */
const STATUSES: Readonly<Record<string, string>> = { queued: 'not-started', started: 'running' }

function personAnswer({ name, login }: Person): object {
  return { name: name || login, githubLogin: login, avatarUrl: '' }
}

/** A program wrote the names of the changes. */
function changesText(changes: Readonly<Record<string, number>>): string {
  const counted = Object.entries(changes).filter(([name, count]) => /^[a-z-]{1,30}$/.test(name) && count > 0)
  return counted.length === 0 ? '' : `: ${counted.map(([name, count]) => `${count} ${name}`).join(', ')}`
}

/** Slack's three: without them text could become a link, or call a channel. */
function forSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** For workflows and for the older connectors. Plain runs of text: nothing in them is read as Markdown. */
function teamsMessage(sentence: string, url: string): object {
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: sentence }] }],
    actions: [{ type: 'Action.OpenUrl', title: 'Details', url }],
  }
  const contentType = 'application/vnd.microsoft.card.adaptive'
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content }] }
}
