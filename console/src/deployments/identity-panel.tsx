/** Who the deployment was to the clouds: what its tokens said, as whom it was let in, and each token that was issued. */
import { Accordion, Code, Stack, Text } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { Copy } from '../parts/copy-button.tsx'
import { Fact, Facts } from '../parts/facts.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { useIsAdmin } from '../session/session.ts'
import type { Identity } from './credentials-step.ts'
import { type Deployment, isOver } from './deployment.ts'
import { IssuedTokens } from './issued-tokens.tsx'

const route = getRouteApi('/$organization/$project/$stack/deployments/$version')

interface Props {
  readonly organization: string
  readonly deployment: Deployment
  /** Undefined before it is known, and where there is none. */
  readonly identity: Identity | undefined
}

export function IdentityPanel({ organization, deployment, identity }: Props) {
  const { show } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <Accordion
      variant="contained"
      value={show ?? null}
      onChange={(value) =>
        void navigate({
          search: value === 'identity' ? { show: value } : {},
          hash: true,
          replace: true,
          resetScroll: false,
        })
      }
    >
      <Accordion.Item value="identity">
        <Accordion.Control disabled={!identity}>
          <Text size="sm" span fw={600}>
            Identity
          </Text>
          <Text size="sm" span c="dimmed" ml="sm" style={{ overflowWrap: 'anywhere' }}>
            {identity?.subject ?? (isOver(deployment.status) ? 'none was asked for' : 'not asked for yet')}
          </Text>
        </Accordion.Control>
        <Accordion.Panel>
          {show === 'identity' && identity && (
            <Open organization={organization} deployment={deployment} identity={identity} />
          )}
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  )
}

function Open({ organization, deployment, identity }: Props & { readonly identity: Identity }) {
  const isAdmin = useIsAdmin(organization)
  const { issuer, subject, audience, otherAudiences, clouds } = identity
  return (
    <Stack>
      <Facts>
        <Fact name="Issuer (iss)">
          <Code>{issuer}</Code>
        </Fact>
        <Fact name="Subject (sub)">
          <Code>{subject}</Code> <Copy label="Copy the subject" text={subject} />
        </Fact>
        {audience && (
          <Fact name="Audience (aud)">
            <Code>{audience}</Code>
          </Fact>
        )}
        {otherAudiences && <Fact name="On request also for">{otherAudiences}</Fact>}
        {clouds.map(({ cloud, says, validUntil }) => (
          <Fact key={cloud + says} name={cloud}>
            {says}
            {validUntil && (
              <Text size="sm" c="dimmed">
                Credentials valid until {validUntil.toLocaleString()} (<TimeAgo at={validUntil} />)
              </Text>
            )}
          </Fact>
        ))}
      </Facts>
      {isAdmin ? (
        <IssuedTokens organization={organization} deployment={deployment} />
      ) : (
        <Text size="sm" c="dimmed">
          Admins of {organization} see here each token that was issued.
        </Text>
      )}
    </Stack>
  )
}
