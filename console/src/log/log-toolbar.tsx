import { ActionIcon, Button, Group, Text, TextInput } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconDownload, IconSearch, IconTextWrap } from '@tabler/icons-react'
import { type Log, textOf } from './log.ts'

interface Props {
  readonly log: Log
  readonly name: string
  readonly words: string
  readonly onWords: (words: string) => void
  readonly found: number
  readonly hit: number
  readonly onHit: (hit: number) => void
  readonly isWrapped: boolean
  readonly onWrapped: (isWrapped: boolean) => void
  readonly isFollowing: boolean
  readonly onFollowing: (isFollowing: boolean) => void
}

export function LogToolbar(props: Props) {
  const { log, name, words, onWords, found, hit, onHit, isWrapped, onWrapped, isFollowing, onFollowing } =
    props
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
        <Button
          size="xs"
          variant={isFollowing ? 'light' : 'default'}
          aria-pressed={isFollowing}
          onClick={() => onFollowing(!isFollowing)}
        >
          Follow
        </Button>
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

function download(log: Log, name: string): void {
  const url = URL.createObjectURL(new Blob([textOf(log.rows)], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `${name}.log`
  link.click()
  URL.revokeObjectURL(url)
}
