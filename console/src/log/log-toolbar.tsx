import { ActionIcon, Button, Group, Text, TextInput } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconDownload, IconSearch, IconTextWrap } from '@tabler/icons-react'
import { Dot } from '../deployments/status.tsx'
import type { StreamState } from '../live/follow.ts'
import { type Log, textOf } from './log.ts'

interface Props {
  readonly log: Log
  readonly name: string
  readonly state: StreamState
  readonly words: string
  readonly onWords: (words: string) => void
  readonly found: number
  readonly hit: number
  readonly onHit: (hit: number) => void
  readonly isWrapped: boolean
  readonly onWrapped: (isWrapped: boolean) => void
  readonly isFollowing: boolean
  readonly onFollowing: (isFollowing: boolean) => void
  readonly onEnd: () => void
}

export function LogToolbar(props: Props) {
  const { log, name, state, words, onWords, found, hit, onHit, isWrapped, onWrapped } = props
  const next = () => onHit(found === 0 ? 0 : (hit + 1) % found)
  const previous = () => onHit(found === 0 ? 0 : (hit + found - 1) % found)
  return (
    <Group p="xs" gap="xs">
      <TextInput
        aria-label="Search the log"
        placeholder="Search the log"
        size="xs"
        leftSection={<IconSearch size={14} aria-hidden />}
        value={words}
        onChange={({ currentTarget }) => onWords(currentTarget.value)}
        onKeyDown={({ key, shiftKey }) => key === 'Enter' && (shiftKey ? previous() : next())}
        flex={1}
        miw={140}
        maw={320}
      />
      {words !== '' && (
        <>
          <Text size="xs" c="dimmed" aria-live="polite">
            {found === 0 ? 'not found' : `${hit + 1} of ${found}`}
          </Text>
          <ActionIcon variant="default" aria-label="Previous" onClick={previous} disabled={found === 0}>
            <IconArrowUp size={14} aria-hidden />
          </ActionIcon>
          <ActionIcon variant="default" aria-label="Next" onClick={next} disabled={found === 0}>
            <IconArrowDown size={14} aria-hidden />
          </ActionIcon>
        </>
      )}
      <Group gap="xs" ml="auto">
        <Connection state={state} />
        <FollowButton {...props} />
        <ActionIcon
          variant={isWrapped ? 'light' : 'default'}
          aria-label="Wrap long lines"
          aria-pressed={isWrapped}
          onClick={() => onWrapped(!isWrapped)}
        >
          <IconTextWrap size={14} aria-hidden />
        </ActionIcon>
        <ActionIcon variant="default" aria-label="Download the log" onClick={() => download(log, name)}>
          <IconDownload size={14} aria-hidden />
        </ActionIcon>
      </Group>
    </Group>
  )
}

/** What is followed can be left; what has ended only has an end to go to. */
function FollowButton({ state, isFollowing, onFollowing, onEnd }: Props) {
  if (state.is === 'over' || state.is === 'refused') {
    return (
      <Button size="xs" variant="default" onClick={onEnd}>
        To the end
      </Button>
    )
  }
  return (
    <Button
      size="xs"
      variant={isFollowing ? 'light' : 'default'}
      aria-pressed={isFollowing}
      onClick={() => onFollowing(!isFollowing)}
    >
      Follow
    </Button>
  )
}

const CONNECTIONS = {
  connecting: { says: 'Connecting …', color: 'gray' },
  open: { says: 'Live', color: 'green' },
  reconnecting: { says: 'Reconnecting …', color: 'yellow' },
} as const

/** Whether the log goes on by itself: a page that stands still looks the same otherwise. */
function Connection({ state: { is } }: { readonly state: StreamState }) {
  return (
    <Text size="xs" c="dimmed" role="status" aria-label="Connection" style={{ whiteSpace: 'nowrap' }}>
      {is !== 'over' && is !== 'refused' && (
        <>
          <Dot color={CONNECTIONS[is].color} /> {CONNECTIONS[is].says}
        </>
      )}
    </Text>
  )
}

function download(log: Log, name: string): void {
  const url = URL.createObjectURL(new Blob([textOf(log)], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `${name}.log`
  link.click()
  URL.revokeObjectURL(url)
}
