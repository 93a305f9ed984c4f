import { Box, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { ConfirmButton } from '../parts/confirm-button.tsx'
import { QueryView } from '../parts/query-view.tsx'
import { Row, Rows } from '../parts/rows.tsx'
import { Section } from '../parts/section.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { useTakeBackInvitation } from './actions.ts'
import { type Invitation, invitationsQuery, roleLabel } from './members.ts'

/** For admins, who alone see them. */
export function InvitationList({ organization }: { readonly organization: string }) {
  const query = useQuery(invitationsQuery(organization))
  return (
    <Box mt="xl">
      <Section title="Invitations">
        <QueryView query={query} skeletonLines={1}>
          {(invitations) =>
            invitations.length === 0 ? (
              <Text size="sm" c="dimmed">
                Nobody has an invitation that is still good.
              </Text>
            ) : (
              <Rows label="Invitations">
                {invitations.map((invitation) => (
                  <InvitationRow key={invitation.id} organization={organization} invitation={invitation} />
                ))}
              </Rows>
            )
          }
        </QueryView>
      </Section>
    </Box>
  )
}

interface RowProps {
  readonly organization: string
  readonly invitation: Invitation
}

function InvitationRow({ organization, invitation }: RowProps) {
  const { id, login, name, email, role, createdBy, expires } = invitation
  const takeBack = useTakeBackInvitation(organization, id)
  return (
    <Row>
      <Stack gap={2} style={{ minWidth: 0, flex: '1 1 220px', overflowWrap: 'anywhere' }}>
        <Text fw={500}>{login}</Text>
        <Text size="sm" c="dimmed" component="span">
          {[name !== login && name, email, `to be ${roleLabel(role).toLowerCase()}`, `by ${createdBy}`]
            .filter(Boolean)
            .join(' · ')}
          {' · ends '}
          <TimeAgo at={new Date(expires)} />
        </Text>
      </Stack>
      <ConfirmButton
        size="xs"
        label="Take back"
        of={login}
        title={`Take back the invitation of ${login}?`}
        confirm="Take it back"
        act={takeBack}
      >
        The link lets nobody in any more.
      </ConfirmButton>
    </Row>
  )
}
