/** What came of publishing the keys elsewhere, for clouds that do not reach this server. */
import { Button, Group, Stack, Title } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { Fact, Facts } from '../parts/facts.tsx'
import { TimeAgo } from '../parts/time-ago.tsx'
import { type Publication, publicationWords } from './key.ts'
import { usePublish } from './keys.ts'

export function PublicationFacts({ publication }: { readonly publication: Publication }) {
  const { target, publishedAt, seenAt, seenBy, nextLookAt } = publication
  const publish = usePublish()
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={3} size="h5">
          Published elsewhere
        </Title>
        <Button
          variant="default"
          size="xs"
          loading={publish.isPending}
          onClick={() =>
            publish.mutate(undefined, {
              onError: ({ message }) => notifications.show({ color: 'red', title: 'Not published', message }),
            })
          }
        >
          Publish now
        </Button>
      </Group>
      <Facts>
        <Fact name="Where">{target}</Fact>
        <Fact name="State">{publicationWords(publication)}</Fact>
        {publishedAt && (
          <Fact name="Since">
            <TimeAgo at={new Date(publishedAt)} />
          </Fact>
        )}
        {seenAt && (
          <Fact name="Last seen">
            <TimeAgo at={new Date(seenAt)} />
            {seenBy === 'target' && ', at the target alone: the issuer’s URL is out of reach from here'}
          </Fact>
        )}
        {nextLookAt && (
          <Fact name="Next look">
            <TimeAgo at={new Date(nextLookAt)} />
          </Fact>
        )}
      </Facts>
    </Stack>
  )
}
