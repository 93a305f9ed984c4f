/**
 * What a console has to show after some weeks of use, made by the real server, runner, `pulumi` and local AWS: a stack
 * that AWS lets in, one that it refuses, and words of a person who means no good in every place that takes words.
 */

import { makeOrganization, type OrganizationWorld } from './console-organization.ts'
import { writeOutside } from './console-outside.ts'
import { addDrift, addSchedules, addUpdates } from './console-updates.ts'
import { type Ended, type System, startSystem } from './system.ts'
import { accountTrusting, deploymentRequest, ROLE, subject } from './trusting-role.ts'

export interface ConsoleWorld {
  readonly system: System
  readonly succeeded: Ended
  readonly refused: Ended
  readonly organization: OrganizationWorld
  /** Of the stack `staging`, which was updated by hand, without a runner. */
  readonly previewId: string
}

/** Would be noticed at once if any page took it for markup: it changes the title of the page. */
export const HOSTILE = `"><img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`

export async function startConsoleWorld(): Promise<ConsoleWorld> {
  const system = await startSystem({
    server: { flags: ['--allow-private-webhooks'] },
    accounts: (issuerUrl) => [accountTrusting(issuerUrl, { subjects: [subject('dev', 'update')] })],
  })
  try {
    for (const stack of ['dev', 'prod', 'staging']) await system.addStack(stack)
    await system.addStack('prod', 'billing')
    await addDrift(system.server, 'billing/prod')
    await writeHostileWords(system)
    await writeOutside(system, HOSTILE)
    const organization = await makeOrganization(system.server, HOSTILE)
    const previewId = await addUpdates(system.server, 'staging', HOSTILE)
    await addSchedules(system, 'staging')
    const made = { repoUrl: system.repoUrl, awsUrl: system.aws.url }
    const hostileLine = `printf '%s\\n' ${quoted(HOSTILE)} '\u001b[31mred\u001b[0m and \u001b[1mbold\u001b[0m'`
    const context = { preRunCommands: ['node whoami.mjs > caller.txt', hostileLine] }
    await saveSettings(system)
    const succeeded = await system.deploy('dev', deploymentRequest(made, { context }))
    const refused = await system.deploy('prod', deploymentRequest(made))
    return { system, succeeded, refused, organization, previewId }
  } catch (error) {
    await system.stop()
    throw error
  }
}

/** Of a git host and three clouds, so that the page of the settings has all of its parts. */
async function saveSettings({ server, aws }: System): Promise<void> {
  const settings = {
    sourceContext: { git: { branch: 'main', repoDir: 'infra' } },
    gitHub: { repository: 'acme/shop', deployCommits: true, paths: ['infra/**', '!infra/docs/**'] },
    operationContext: {
      oidc: {
        aws: { roleArn: ROLE, sessionName: 'shop' },
        azure: { clientId: UUID, tenantId: UUID, subscriptionId: UUID },
        gcp: {
          projectId: '123456',
          workloadPoolId: 'pool',
          providerId: 'daypass',
          serviceAccount: 'a@b.example',
        },
      },
      environmentVariables: { AWS_ENDPOINT_URL_STS: aws.url, TOKEN: { secret: 'hush' }, WORD: HOSTILE },
      preRunCommands: [HOSTILE],
    },
  }
  await must(server.call('PUT', '/api/stacks/main/shop/staging/deployments/settings', settings))
}

const UUID = '11111111-2222-3333-4444-555555555555'

/** Each must be taken: a refused one would prove nothing about the pages. */
async function writeHostileWords({ server }: System): Promise<void> {
  const hook = {
    name: 'chat',
    displayName: HOSTILE.slice(0, 64),
    payloadUrl: 'https://hooks.example.com/',
    active: true,
  }
  await must(server.call('PATCH', '/api/stacks/main/shop/dev/tags', { description: HOSTILE }))
  await must(server.call('POST', '/api/orgs/main/hooks', hook))
}

async function must(answer: Promise<{ readonly status: number; readonly body: unknown }>): Promise<void> {
  const { status, body } = await answer
  if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`)
}

/** For a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
