/** `daypass queue`: what has not ended yet, and what it waits for. */
import {
  DEPLOYMENTS_METADATA_PATH,
  DEPLOYMENTS_PATH,
  ListDeploymentsResponse,
  ListedDeployment,
  ORGANIZATION_DEPLOYMENTS_METADATA_PATH,
  ORGANIZATION_DEPLOYMENTS_PATH,
} from '@daypass/contract/deployments.ts'
import type { Command } from 'commander'
import { Type } from 'typebox'
import type { Surroundings } from '../../failed-command.ts'
import { plainTime, table } from '../../output.ts'
import { addServerCommand, organizationOption, stackOption } from '../../server-command.ts'
import { pathTo, query } from '../../server-path.ts'
import type { Session } from '../../session.ts'
import { stackPath } from '../../stack-name.ts'

/** Of a stack's metadata and of an organization's alike. */
const Metadata = Type.Object({ paused: Type.Boolean() })

const Queue = Type.Object({
  paused: Type.Boolean({ description: 'Whether nothing of it begins.' }),
  total: Type.Integer({ description: 'How many have not ended; the first 1000 of them are listed.' }),
  deployments: Type.Array(ListedDeployment, { description: 'The oldest first.' }),
})

const PAGE_SIZE = 100
const MOST_PAGES = 10

export function addQueueCommand(program: Command, surroundings: Surroundings): void {
  addServerCommand(program, surroundings, {
    name: 'queue',
    summary: 'list the deployments that have not ended, and what each of them waits for',
    options: [organizationOption(), stackOption('only this stack: organization/project/stack')],
    example: 'daypass queue --org acme\ndaypass queue --stack acme/web/dev',
    answer: Queue,
    run: (session, { stack }: { readonly stack?: string }) => queueOf(session, stack !== undefined),
    show: ({ paused, total, deployments }) =>
      [
        ...(paused ? ['Paused: nothing begins until `daypass resume`.', ''] : []),
        table(
          deployments,
          {
            STACK: ({ projectName, stackName }) => `${projectName}/${stackName}`,
            DEPLOYMENT: ({ version }) => version,
            OPERATION: ({ pulumiOperation }) => pulumiOperation,
            STATUS: ({ status }) => status,
            ASKED: ({ created }) => plainTime(created),
            BY: ({ requestedBy }) => requestedBy.githubLogin,
            POOL: ({ agentPool }) => agentPool?.name,
            'WAITS FOR': ({ waitingFor }) => waitingFor?.message,
          },
          'Nothing waits, and nothing runs.',
        ),
        ...(total > deployments.length ? ['', `… and ${total - deployments.length} more.`] : []),
      ].join('\n'),
  })
}

/** `--stack` names one; the selected one is not meant here. */
async function queueOf(session: Session, ofStack: boolean) {
  const at = ofStack ? await session.stack() : undefined
  const organization = at?.organization ?? (await session.organization())
  const listPath = at
    ? stackPath(DEPLOYMENTS_PATH, at)
    : pathTo(ORGANIZATION_DEPLOYMENTS_PATH, { organization })
  const { paused } = await session.read(
    Metadata,
    'GET',
    at
      ? stackPath(DEPLOYMENTS_METADATA_PATH, at)
      : pathTo(ORGANIZATION_DEPLOYMENTS_METADATA_PATH, { organization }),
  )
  const deployments: unknown[] = []
  for (let page = 1; ; page += 1) {
    const asked = query({
      status: ['not-started', 'accepted', 'running'],
      sort: 'created',
      asc: 'true',
      page: String(page),
      pageSize: String(PAGE_SIZE),
    })
    const listed = await session.read(ListDeploymentsResponse, 'GET', `${listPath}${asked}`)
    deployments.push(...listed.deployments)
    const isLast = listed.deployments.length < PAGE_SIZE || page === MOST_PAGES
    if (isLast) return { paused, total: Math.max(listed.total, deployments.length), deployments }
  }
}
