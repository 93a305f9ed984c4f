/** A deployment that a token leads to, with the tokens that were issued for it. */
import { Paper, Stack, Text, Title } from '@mantine/core'
import { Fact, Facts } from '../parts/facts.tsx'
import { PageLink } from '../parts/page-link.tsx'
import rows from '../parts/rows.module.css'
import { duration } from '../parts/time.ts'
import { TimeAgo } from '../parts/time-ago.tsx'
import type { traceQuery } from './audit.ts'

type Traced = Awaited<ReturnType<NonNullable<ReturnType<typeof traceQuery>['queryFn']>>>[number]

interface Props {
  readonly organization: string
  readonly deployment: Traced
}

export function TracedDeployment({ organization, deployment }: Props) {
  const { stack, operation, requestedBy, trigger, createdAt, repository, branch, commit, tokens } = deployment
  return (
    <Paper withBorder p="md">
      <Stack gap="sm">
        <Title order={2} size="h4">
          <DeploymentName organization={organization} deployment={deployment} />
        </Title>
        <Facts>
          <Fact name="Stack">{stack}</Fact>
          <Fact name="Operation">{operation}</Fact>
          {requestedBy && <Fact name="Asked for by">{requestedBy}</Fact>}
          {trigger && <Fact name="Started by">{trigger}</Fact>}
          {createdAt && (
            <Fact name="When">
              <TimeAgo at={new Date(createdAt)} />
            </Fact>
          )}
          {repository && (
            <Fact name="Source">{[repository, branch, commit].filter(Boolean).join(' · ')}</Fact>
          )}
        </Facts>
        <Tokens tokens={tokens} />
      </Stack>
    </Paper>
  )
}

/** Its page, as long as it is kept. The stack may have another name now, so that only the token's is sure. */
function DeploymentName({ organization, deployment: { stack, version, operation, id } }: Props) {
  const [project, name] = stack.split('/').slice(-2)
  if (version === undefined || !project || !name) return <>{`${operation} ${id}`}</>
  return (
    <PageLink
      to="/$organization/$project/$stack/deployments/$version"
      params={{ organization, project, stack: name, version: String(version) }}
    >
      #{version} {operation}
    </PageLink>
  )
}

function Tokens({ tokens }: Pick<Traced, 'tokens'>) {
  return (
    <>
      <Title order={3} size="h6">
        Its tokens
      </Title>
      <Paper withBorder>
        {tokens.map(({ id, subject, audience, purpose, issuedAt, expiresAt }) => (
          <Stack key={id} px="sm" py="xs" gap={2} className={rows.row} style={{ overflowWrap: 'anywhere' }}>
            <Text size="sm" ff="monospace">
              {subject}
            </Text>
            <Text size="sm" c="dimmed" component="div">
              {purpose} · audience {audience} · issued <TimeAgo at={new Date(issuedAt)} />, good for{' '}
              {duration(new Date(expiresAt).getTime() - new Date(issuedAt).getTime())}
            </Text>
            <Text size="xs" c="dimmed" ff="monospace">
              {id}
            </Text>
          </Stack>
        ))}
      </Paper>
    </>
  )
}
