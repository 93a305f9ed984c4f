/** What the team gives its members. What it may do with a stack is for that stack's admins to say. */
import { Group, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { permissionLabel } from '../access/permission.ts'
import { EditPermission, GivePermission } from '../access/permission-form.tsx'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { FormButton } from '../parts/form-button.tsx'
import { PageLink } from '../parts/page-link.tsx'
import { Row, Rows } from '../parts/rows.tsx'
import { Section } from '../parts/section.tsx'
import { useIsAdmin } from '../session/session.ts'
import { stacksQuery } from '../stacks/stacks.ts'
import { useChangeTeam } from './actions.ts'
import type { Team, TeamStack } from './teams.ts'

interface Props {
  readonly organization: string
  readonly team: Team
}

export function TeamStacks({ organization, team }: Props) {
  const { stacks = [] } = team
  const isAdmin = useIsAdmin(organization)
  const reason = isAdmin ? undefined : 'A stack’s admin gives it to a team on the stack’s own page Access.'
  return (
    <Section
      title="Stacks"
      action={
        <FormButton
          label="Give a stack"
          variant="default"
          reason={reason}
          title={`Give ${team.name} a stack`}
          form={(close) => <GiveForm organization={organization} team={team} onClose={close} />}
        />
      }
    >
      {reason && (
        <Text size="sm" c="dimmed" mb="sm">
          {reason}
        </Text>
      )}
      {stacks.length === 0 ? (
        <Text size="sm" c="dimmed">
          It was given no stack that you may see.
        </Text>
      ) : (
        <Rows label="Stacks of the team">
          {stacks.map((stack) => (
            <StackRow
              key={`${stack.projectName}/${stack.stackName}`}
              organization={organization}
              team={team}
              stack={stack}
              reason={reason}
            />
          ))}
        </Rows>
      )}
    </Section>
  )
}

type RowProps = Props & { readonly stack: TeamStack; readonly reason: string | undefined }

function StackRow({ organization, team, stack, reason }: RowProps) {
  const { projectName, stackName, permission } = stack
  const called = `${projectName}/${stackName}`
  const change = useChangeTeam(organization, team.name)
  return (
    <Row>
      <PageLink
        to="/$organization/$project/$stack"
        params={{ organization, project: projectName, stack: stackName }}
        style={{ overflowWrap: 'anywhere', flex: '1 1 200px' }}
      >
        {called}
      </PageLink>
      <Group gap="xs">
        <Text size="sm" mr="xs">
          {permissionLabel(permission)}
        </Text>
        <FormButton
          label="Change"
          of={called}
          variant="default"
          size="xs"
          reason={reason}
          title={`${team.name} on ${called}`}
          form={(close) => (
            <EditPermission
              now={permission}
              run={(wanted) =>
                change
                  .mutateAsync({ editStackPermission: { projectName, stackName, permission: wanted } })
                  .then(close)
              }
              onCancel={close}
            />
          )}
        />
        <ConfirmButton
          size="xs"
          label="Take away"
          of={called}
          reason={reason}
          title={`Take ${called} away from ${team.name}?`}
          confirm="Take it away"
          act={{ mutateAsync: () => change.mutateAsync({ removeStack: { projectName, stackName } }) }}
        >
          Its members keep what they have of the stack otherwise.
        </ConfirmButton>
      </Group>
    </Row>
  )
}

function GiveForm({ organization, team, onClose }: Props & { readonly onClose: () => void }) {
  const all = useQuery(stacksQuery(organization)).data ?? []
  const change = useChangeTeam(organization, team.name)
  const has = new Set(team.stacks?.map(({ projectName, stackName }) => `${projectName}/${stackName}`))
  const choices = all
    .map(({ projectName, stackName }) => `${projectName}/${stackName}`)
    .filter((called) => !has.has(called))
  return (
    <GivePermission
      label="Stack"
      placeholder="Search by project or stack"
      choices={choices}
      run={async (called, permission) => {
        // Names of projects and stacks have no slash.
        const [projectName = '', stackName = ''] = called.split('/')
        await change.mutateAsync({ addStackPermission: { projectName, stackName, permission } })
        onClose()
      }}
      onCancel={onClose}
    />
  )
}
